import type { Delegated } from "#/agents/agent.ts";
import type { Subtask } from "#/lib/protocol/orchestration.ts";
import type { PlanGraph, PlanStep } from "#/lib/protocol/result.ts";

/** From this complexity on a step of the planner is worth a plan of its own; a smaller one is a decision that the plan names. */
const DEEP_COMPLEXITY = 7;
const address = /\bhttps?:\/\/\S+/;
const pointsBack = /\b(?:it|its|them|their|this|these)\b/i;

/**
 * The steps of a plan that can be done now, in its order of dependencies, and at the end one that sums up: what came of each
 * step, and what is left for whom. Null when none can be done now. These can: what is for knowledge; what is for the browser
 * and names an address; what is for the planner and large; each when all that it depends on can, too. No step takes the
 * others with it when it fails.
 */
export function delegateSteps(plan: PlanGraph): Delegated | null {
  const now = new Set<string>();
  for (const step of plan.steps) if (canBeDone(step) && step.dependsOn.every((id) => now.has(id))) now.add(step.id);
  if (now.size === 0) return null;
  const steps = plan.steps.filter(({ id }) => now.has(id));
  return { delegate: [...steps.map((step) => subtaskOf(step, plan)), summingUp(plan, steps)] };
}

function canBeDone({ agent, title, acceptance, complexity }: PlanStep): boolean {
  if (agent === "browser") return address.test(`${title} ${acceptance}`);
  return agent === "knowledge" || (agent === "planner" && complexity >= DEEP_COMPLEXITY);
}

function subtaskOf(step: PlanStep, plan: PlanGraph): Subtask {
  const { id, agent, dependsOn, complexity, acceptance } = step;
  return {
    ref: id,
    agent,
    task: wordsOf(step, plan.goal),
    dependsOn,
    strict: false,
    complexity,
    ...(agent === "planner" && { mode: "hierarchical" }),
    input: { step: { id, of: plan.steps.length, goal: plan.goal, acceptance } },
  };
}

/** A step is read without the others, so the goal is said where the title points back to it. */
function wordsOf({ agent, title, acceptance }: PlanStep, goal: string): string {
  if (agent === "planner") return `${title} (for: ${goal}). Done when: ${acceptance}`;
  if (agent === "browser" && !address.test(title)) return `${title}: ${address.exec(acceptance)?.[0]}`;
  return pointsBack.test(title) ? `${title} (for: ${goal})` : title;
}

function summingUp(plan: PlanGraph, steps: readonly PlanStep[]): Subtask {
  const ids = new Set(plan.steps.map(({ id }) => id));
  const ref =
    ["plan", "the-plan", "summed-up"].find((name) => !ids.has(name)) ?? `plan-of-${steps[0]?.id.slice(0, 30)}`;
  const dependsOn = steps.map(({ id }) => id);
  return { ref, agent: "planner", task: `Sum up the plan: ${plan.goal}`, dependsOn, complexity: 1, input: { plan } };
}
