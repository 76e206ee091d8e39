"use client";

import { Scale } from "lucide-react";
import { memo } from "react";
import { count, nameOfAgent } from "#/app/_ui/words.ts";
import type { ConflictPart, ConflictSide } from "#/lib/chat/parts.ts";

/** Two results that contradict each other: both, which comes first, and by which rule. */
export const ConflictCard = memo(function ConflictCard({ conflict }: { conflict: ConflictPart }) {
  const { subject, first, second, rule } = conflict;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div role="group" aria-label="Contradiction" className="rounded-xl border bg-warning-soft px-4 py-3 text-sm">
      <p className="flex gap-2.5 leading-snug">
        <Scale aria-hidden size={16} strokeWidth={2} className="mt-0.5 shrink-0 text-warning" />
        <span className="min-w-0">
          <span className="font-semibold">These contradict each other.</span> <span>{subject}</span>
        </span>
      </p>
      <ol className="mt-2 space-y-2 sm:pl-6.5">
        <Side side={first} />
        <Side side={second} />
      </ol>
      <p className="mt-2 text-[0.8125rem] text-muted sm:pl-6.5">
        <span className="font-mono text-xs">{first.ref}</span> is shown first: {rule}
      </p>
    </div>
  );
});

function Side({ side: { ref, agent, statement, evidence } }: { side: ConflictSide }) {
  return (
    <li className="rounded-lg border bg-card px-3 py-2">
      <p className="flex flex-wrap items-baseline gap-x-2 text-xs text-muted">
        <span className="font-medium">{nameOfAgent(agent)}</span>
        <span className="font-mono">{ref}</span>
        <span>{evidence === 0 ? "no evidence" : count(evidence, "finding")}</span>
      </p>
      <p className="mt-0.5 leading-relaxed">{statement}</p>
    </li>
  );
}
