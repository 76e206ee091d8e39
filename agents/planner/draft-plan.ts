import { randomUUID } from "node:crypto";
import type { AgentContext, Dependency } from "#/agents/agent.ts";
import { type CheckedPlan, checkPlan, type GoodPlan } from "#/agents/planner/check-plan.ts";
import { missingFrom } from "#/agents/planner/missing.ts";
import { correctionMessages, instructionsFor, plannerMessages } from "#/agents/planner/prompt.ts";
import { DeputyError } from "#/lib/errors.ts";
import { tierFor } from "#/lib/model/tiers.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** The first draft and two corrections. */
const maxDrafts = 3;
export const usualComplexity = 5;

/** Throws `plan-invalid` when the model does not get a plan right in three drafts. */
export async function draftPlan(task: TaskSpec, context: AgentContext): Promise<GoodPlan> {
  const { dependencies } = context;
  const reading = readingOf(dependencies);
  if (reading !== "") context.progress(reading);
  const voter = task.part?.kind === "vote" ? task.part : undefined;
  const messages = plannerMessages(task.task, dependencies, randomUUID().slice(0, 8), voter);
  const tier = tierFor(task.complexity ?? usualComplexity);
  const instructions = instructionsFor(voter);
  let checked: CheckedPlan = { faults: [] };
  for (let draft = 1; draft <= maxDrafts; draft += 1) {
    context.progress(draft === 1 ? "Drafting the plan" : `Correcting the plan, draft ${draft} of ${maxDrafts}`);
    const reply = await context.generate({ tier, instructions, messages });
    checked = checkPlan(reply);
    if ("plan" in checked) return checked;
    messages.push(...correctionMessages(reply, checked.faults));
  }
  throw invalid(checked);
}

/** `Reading what t1, t2 brought; t3 brought nothing: ...`; empty without tasks before. */
function readingOf(dependencies: readonly Dependency[]): string {
  const brought = dependencies.filter(({ result }) => result !== undefined).map(({ ref }) => ref);
  const reading = brought.length === 0 ? [] : [`Reading what ${brought.join(", ")} brought`];
  return [...reading, ...missingFrom(dependencies)].join("; ");
}

function invalid(checked: CheckedPlan): DeputyError {
  const faults = "faults" in checked ? checked.faults.join("; ") : "";
  return new DeputyError(
    "plan-invalid",
    `The model wrote no usable plan in ${maxDrafts} drafts. The last one: ${faults}. Ask again in other words, or with a higher COMPLEXITY for a larger model.`,
  );
}
