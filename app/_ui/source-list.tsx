"use client";

import { Numeral } from "#/app/_ui/evidence-list.tsx";
import { answerOf, citedNumbers, evidenceOf } from "#/app/_ui/run-parts.ts";
import { SourceLink } from "#/app/_ui/source-link.tsx";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

/** The sources that the answer cites, in the order of their numbers. */
export function SourceList({ message }: { message: DeputyMessage }) {
  const evidence = evidenceOf(message);
  const cited = citedNumbers(answerOf(message)).flatMap((n) => evidence.get(n) ?? []);
  if (cited.length === 0) return null;
  return (
    <div className="border-t pt-3">
      <h3 className="text-[0.8125rem] font-semibold">Sources</h3>
      <ol aria-label="Sources" className="mt-2 grid gap-x-6 gap-y-2.5 sm:grid-cols-2">
        {cited.map((found) => (
          <li key={found.n} className="flex min-w-0 gap-2.5">
            <Numeral n={found.n} />
            <SourceLink source={found.source} />
          </li>
        ))}
      </ol>
    </div>
  );
}
