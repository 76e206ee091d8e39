"use client";

import { ExternalLink } from "lucide-react";
import { Clamped } from "#/app/_ui/clamped.tsx";
import { safeUrl } from "#/app/_ui/safe-url.ts";
import { count } from "#/app/_ui/words.ts";
import type { ArtifactRef, Page, Table } from "#/lib/protocol/result.ts";

/** A page as the browser agent saw it: its address, its picture, the beginning of its text, its tables. */
export function PageView({ page, artifacts }: { page: Page; artifacts: readonly ArtifactRef[] }) {
  const screenshots = artifacts.filter((artifact) => artifact.kind === "screenshot");
  return (
    <div className="space-y-3">
      <PageAddress page={page} />
      {screenshots.map((screenshot) => (
        <Screenshot key={screenshot.id} screenshot={screenshot} title={page.title} />
      ))}
      <Clamped text={page.text.trim()} atMost={600} className="text-[0.8125rem] leading-relaxed text-muted" />
      {page.tables.map((table) => (
        <TableView key={table.caption + table.rows.length} table={table} />
      ))}
      <p className="text-xs text-muted">
        {count(page.links.length, "link")} on the page{page.truncated ? "; its text was cut at the limit" : ""}
      </p>
    </div>
  );
}

function PageAddress({ page }: { page: Page }) {
  const url = safeUrl(page.finalUrl);
  return (
    <div className="text-sm">
      <p className="font-medium">{page.title}</p>
      {url === null ? (
        <p className="text-[0.8125rem] text-muted">{page.finalUrl}</p>
      ) : (
        <a
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          className="text-[0.8125rem] text-accent hover:underline"
        >
          {page.finalUrl}
          <ExternalLink aria-hidden size={12} strokeWidth={2} className="ml-1 inline align-[-1px]" />
        </a>
      )}
      {page.requestedUrl !== page.finalUrl && <p className="text-xs text-muted">redirected from {page.requestedUrl}</p>}
      {page.status !== null && page.status >= 400 && (
        <p className="text-xs text-warning">the server answered with status {page.status}</p>
      )}
    </div>
  );
}

function Screenshot({ screenshot, title }: { screenshot: ArtifactRef; title: string }) {
  const url = `/api/artifacts/${encodeURIComponent(screenshot.id)}`;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" className="block w-fit overflow-hidden rounded-lg border">
      {/* biome-ignore lint/performance/noImgElement: a picture of our own that must not pass an optimiser */}
      <img
        src={url}
        alt={`Screenshot of ${title || "the page"}`}
        loading="lazy"
        className="block h-44 w-72 max-w-full bg-subtle object-cover object-top"
      />
    </a>
  );
}

function TableView({ table }: { table: Table }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label={table.caption || "Table"} tabIndex={0} className="max-h-80 overflow-auto rounded-lg border">
      <table className="w-full border-collapse text-left text-xs [overflow-wrap:normal]">
        {table.caption !== "" && <caption className="px-3 py-2 text-left font-medium">{table.caption}</caption>}
        <tbody>
          {table.rows.map((cells, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a table's rows have no other identity
            <tr key={row} className="border-t">
              {cells.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: nor have its cells
                <td key={column} className="px-3 py-1.5 align-top">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
