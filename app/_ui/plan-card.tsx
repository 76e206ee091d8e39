"use client";

import { memo } from "react";
import type { PlanPart } from "#/lib/chat/parts.ts";

/** The plan as the main agent wrote it. */
export const PlanCard = memo(function PlanCard({ plan }: { plan: PlanPart }) {
  return (
    <section aria-label="Plan" className="rounded-xl border bg-card px-4 py-3.5">
      <h3 className="text-[0.8125rem] font-semibold">Plan</h3>
      {plan.goal !== undefined && <p className="mt-1 text-sm text-muted">{plan.goal}</p>}
      <ol className="mt-2 space-y-1.5 text-sm leading-relaxed">
        {plan.steps.map((step, position) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a plan's steps have no other identity
          <li key={position} className="flex gap-2.5">
            <span className="w-5 shrink-0 text-right tabular-nums text-muted">{position + 1}.</span>
            <span className="min-w-0 whitespace-pre-wrap">{step}</span>
          </li>
        ))}
      </ol>
    </section>
  );
});
