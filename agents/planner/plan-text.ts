import type { PlanGraph, PlanStep } from "#/lib/protocol/result.ts";

/** The plan as a numbered list, its goal first. `stateOf` may add a line to a step. */
export function planText({ goal, steps }: PlanGraph, stateOf: (step: PlanStep) => string | null = () => null): string {
  const lines = steps.map((step, at) => stepLine(step, at + 1, steps, stateOf(step)));
  return `**Goal:** ${goal}\n\n${lines.join("\n")}`;
}

function stepLine(step: PlanStep, number: number, steps: readonly PlanStep[], state: string | null): string {
  const numbers = step.dependsOn.map((id) => steps.findIndex((other) => other.id === id) + 1);
  const after = numbers.length > 0 ? `, after ${numbers.toSorted((a, b) => a - b).join(", ")}` : "";
  const head = `${number}. **${step.title}** (${step.agent}, complexity ${step.complexity}${after})`;
  return [head, `Done when: ${step.acceptance}`, ...(state === null ? [] : [state])].join("\n   ");
}
