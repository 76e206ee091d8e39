"use client";

import { agentWords } from "#/app/_ui/words.ts";
import type { PlanGraph, PlanStep } from "#/lib/protocol/result.ts";

/** A plan as the planner delivers it: its steps in order, with what each needs and how one sees that it is done. */
export function PlanGraphList({ plan }: { plan: PlanGraph }) {
  return (
    <div>
      <p className="text-sm font-medium">{plan.goal}</p>
      <ol aria-label="Steps" className="mt-3 space-y-3">
        {plan.steps.map((step, position) => (
          <li key={step.id} className="flex gap-3">
            <span className="mt-px w-5 shrink-0 text-right text-sm tabular-nums text-muted">{position + 1}.</span>
            <div className="min-w-0 flex-1">
              <p className="text-sm leading-relaxed">{step.title}</p>
              <StepFacts step={step} />
              <p className="mt-0.5 text-[0.8125rem] leading-relaxed text-muted">
                <span className="font-medium">Done when</span> {step.acceptance}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

function StepFacts({ step }: { step: PlanStep }) {
  return (
    <p className="mt-1 flex flex-wrap gap-x-3 gap-y-1 text-xs text-muted">
      <span className="font-mono">{step.id}</span>
      <span>{agentWords[step.agent]}</span>
      <span>complexity {step.complexity} of 10</span>
      {step.dependsOn.length > 0 && (
        <span>
          after <span className="font-mono">{step.dependsOn.join(", ")}</span>
        </span>
      )}
    </p>
  );
}
