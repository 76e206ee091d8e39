import type { Dependency } from "#/agents/agent.ts";
import { planText } from "#/agents/planner/plan-text.ts";
import type { PlanGraph, PlanStep, TaskResult } from "#/lib/protocol/result.ts";

/** A plan with what came of the steps that were delegated, and for whom the others are left. Calls no model. */
export function sumUp(plan: PlanGraph, dependencies: readonly Dependency[]): TaskResult {
  const of = ({ id }: PlanStep) => dependencies.find(({ ref }) => ref === id || ref.endsWith(`.${id}`));
  const text = planText(plan, (step) => stateOf(step, of(step)));
  const done = plan.steps.filter((step) => of(step)?.result !== undefined).length;
  const left = plan.steps.length - done;
  const head = `${done} of ${plan.steps.length} steps were done at once${left === 0 ? "" : `; ${left} are left`}.`;
  return { text: `${head}\n\n${text}`, evidence: [], plan, artifacts: [] };
}

function stateOf({ agent }: PlanStep, dependency: Dependency | undefined): string {
  if (dependency === undefined) return `Left: for the ${agent} agent`;
  if (dependency.result === undefined) return `Failed (${dependency.ref}): ${dependency.error?.message ?? "no result"}`;
  return dependency.agent === "knowledge" && dependency.result.evidence.length === 0
    ? `Looked up (${dependency.ref}): nothing was found`
    : `Done (${dependency.ref})`;
}
