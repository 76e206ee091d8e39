"use client";

import { readableQuote, repeats } from "#/app/_ui/quote-text.ts";
import { SourceLink } from "#/app/_ui/source-link.tsx";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";

/** The findings of a task under the numbers by which the answer cites them, each with the words it rests on. */
export function EvidenceList({ evidence }: { evidence: readonly NumberedEvidence[] }) {
  return (
    <ol aria-label="Findings" className="space-y-4">
      {evidence.map((found) => (
        <li key={found.n} className="flex gap-3">
          <Numeral n={found.n} />
          <div className="min-w-0 flex-1 space-y-1.5">
            {!repeats(found.claim, found.quote) && <p className="text-sm leading-relaxed">{found.claim}</p>}
            <blockquote className="max-h-64 overflow-auto border-l-2 border-border-strong pl-3 text-[0.8125rem] leading-relaxed whitespace-pre-wrap text-muted">
              {readableQuote(found.quote)}
            </blockquote>
            <SourceLink source={found.source} />
          </div>
        </li>
      ))}
    </ol>
  );
}

/** The number of a piece of evidence. */
export function Numeral({ n }: { n: number }) {
  return (
    <span className="mt-0.5 inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-md bg-accent-soft px-1 text-xs font-medium tabular-nums text-accent">
      {n}
    </span>
  );
}
