"use client";

import { ExternalLink } from "lucide-react";
import { safeUrl } from "#/app/_ui/safe-url.ts";
import type { Source } from "#/lib/protocol/result.ts";

/** Where a quote stands: a link that opens it in a new tab; without a usable address, its name alone. */
export function SourceLink({ source }: { source: Source }) {
  const url = safeUrl(source.url);
  const name = [source.title, ...source.heading].join(" › ");
  return (
    <p className="text-[0.8125rem] leading-snug">
      {url === null ? (
        <span className="font-medium">{name}</span>
      ) : (
        <a href={url} target="_blank" rel="noopener noreferrer" className="font-medium text-accent hover:underline">
          {name}
          <ExternalLink aria-hidden size={12} strokeWidth={2} className="ml-1 inline align-[-1px]" />
          <span className="sr-only"> (opens in a new tab)</span>
        </a>
      )}
      <span className="block text-xs text-muted">{source.origin}</span>
    </p>
  );
}
