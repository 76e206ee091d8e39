import type { Dependency } from "#/agents/agent.ts";
import type { GoodPlan } from "#/agents/planner/check-plan.ts";

const maxReason = 300;

/** One line for each task that was to bring something and did not, with the reason: `t1 brought nothing: The page is gone.` */
export function missingFrom(dependencies: readonly Dependency[]): string[] {
  return dependencies
    .filter(({ result }) => result === undefined)
    .map(({ ref, error }) => `${ref} brought nothing: ${oneLine(error?.message ?? "it has no result")}`);
}

/** The plan whose first step is done only when it has dealt with what is missing, whatever the model made of it. */
export function minding(drafted: GoodPlan, missing: readonly string[]): GoodPlan {
  const [first, ...others] = drafted.plan.steps;
  if (first === undefined || missing.length === 0) return drafted;
  const acceptance = `${sentence(first.acceptance)} What is missing has been found in another way, or it is written down what is assumed instead (${missing.join("; ")})`;
  return { ...drafted, plan: { ...drafted.plan, steps: [{ ...first, acceptance }, ...others] } };
}

function sentence(text: string): string {
  return /[.!?]\s*$/.test(text) ? text.trim() : `${text.trim()}.`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > maxReason ? `${line.slice(0, maxReason).toWellFormed()}…` : line;
}
