import { randomUUID } from "node:crypto";
import type { Agent, AgentContext } from "#/agents/agent.ts";
import { type CheckedPlan, checkPlan } from "#/agents/planner/check-plan.ts";
import { correctionMessages, plannerInstructions, plannerMessages } from "#/agents/planner/prompt.ts";
import { env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";
import { tierFor } from "#/lib/model/tiers.ts";
import type { PlanGraph, PlanStep, TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** The first draft and two corrections. */
const maxDrafts = 3;
const usualComplexity = 5;

/** Makes a plan as a checked graph of steps. Throws `plan-invalid` when the model does not get one right in three drafts. */
export const planner: Agent = {
  type: "planner",
  name: "Planner",
  description:
    "Turns a goal into a plan: steps with an agent, dependencies, complexity and an acceptance criterion each. Give it the tasks whose findings it is to build on as DEPENDS_ON.",
  capabilities: [
    { name: "plan", description: "Breaks a goal down into a graph of steps without cycles" },
    { name: "acceptance", description: "Gives each step a criterion that a person can check" },
  ],
  get timeoutMs() {
    return env().budgets.taskMs;
  },
  concurrency: 5,
  async execute(task, context) {
    const { plan } = await draftPlan(task, context);
    context.progress(`The plan has ${plan.steps.length} steps`);
    return resultOf(plan);
  },
};

async function draftPlan(task: TaskSpec, context: AgentContext): Promise<{ plan: PlanGraph }> {
  const { dependencies } = context;
  if (dependencies.length > 0)
    context.progress(`Reading what ${dependencies.map(({ ref }) => ref).join(", ")} brought`);
  const messages = plannerMessages(task.task, dependencies, randomUUID().slice(0, 8));
  const tier = tierFor(task.complexity ?? usualComplexity);
  let checked: CheckedPlan = { faults: [] };
  for (let draft = 1; draft <= maxDrafts; draft += 1) {
    context.progress(draft === 1 ? "Drafting the plan" : `Correcting the plan, draft ${draft} of ${maxDrafts}`);
    const reply = await context.generate({ tier, instructions: plannerInstructions, messages });
    checked = checkPlan(reply);
    if ("plan" in checked) return checked;
    messages.push(...correctionMessages(reply, checked.faults));
  }
  throw invalid(checked);
}

function invalid(checked: CheckedPlan): DeputyError {
  const faults = "faults" in checked ? checked.faults.join("; ") : "";
  return new DeputyError(
    "plan-invalid",
    `The model wrote no usable plan in ${maxDrafts} drafts. The last one: ${faults}. Ask again in other words, or with a higher COMPLEXITY for a larger model.`,
  );
}

function resultOf(plan: PlanGraph): TaskResult {
  const lines = plan.steps.map((step, at) => stepLine(step, at + 1, plan.steps));
  return { text: `**Goal:** ${plan.goal}\n\n${lines.join("\n")}`, evidence: [], plan, artifacts: [] };
}

function stepLine(step: PlanStep, number: number, steps: readonly PlanStep[]): string {
  const numbers = step.dependsOn.map((id) => steps.findIndex((other) => other.id === id) + 1);
  const after = numbers.length > 0 ? `, after ${numbers.toSorted((a, b) => a - b).join(", ")}` : "";
  return `${number}. **${step.title}** (${step.agent}, complexity ${step.complexity}${after})\n   Done when: ${step.acceptance}`;
}
