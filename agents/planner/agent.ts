import type { Agent, AgentContext, Delegated } from "#/agents/agent.ts";
import { bidOn, draftCost } from "#/agents/planner/bid.ts";
import { boardAsDependency, postPlan } from "#/agents/planner/board.ts";
import type { GoodPlan } from "#/agents/planner/check-plan.ts";
import { delegateSteps } from "#/agents/planner/delegate-steps.ts";
import { draftPlan, usualComplexity } from "#/agents/planner/draft-plan.ts";
import { Input, readInput } from "#/agents/planner/input.ts";
import { minding, missingFrom } from "#/agents/planner/missing.ts";
import { planText } from "#/agents/planner/plan-text.ts";
import { sumUp } from "#/agents/planner/sum-up.ts";
import { env } from "#/lib/env.ts";
import type { Capability } from "#/lib/protocol/agent.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** Makes a plan as a checked graph of steps. Throws `plan-invalid` when the model does not get one right in three drafts. */
export const planner: Agent = {
  type: "planner",
  name: "Planner",
  description:
    "Turns a goal into a plan: steps with an agent, dependencies, complexity and an acceptance criterion each. Give it the tasks whose findings it is to build on as DEPENDS_ON.",
  get capabilities() {
    return capabilities(env().offline);
  },
  priority: 50,
  get timeoutMs() {
    return env().budgets.taskMs;
  },
  concurrency: 5,
  inputSchema: Input,
  execute,
  bid: async (task) => bidOn(task, env().offline),
};

function capabilities(offline: boolean): Capability[] {
  const { price, seconds } = draftCost(usualComplexity, offline);
  const estimates = { estimatedSeconds: seconds, estimatedCostUsd: price };
  return [
    {
      name: "plan",
      description: "Breaks a goal down into a graph of steps without cycles",
      input: "goal",
      output: "plan",
      ...estimates,
    },
    {
      name: "acceptance",
      description: "Gives each step a criterion that a person can check",
      input: "goal",
      output: "criteria",
      ...estimates,
    },
  ];
}

async function execute(task: TaskSpec, context: AgentContext): Promise<TaskResult | Delegated> {
  const { plan: given, board: isAtBoard } = readInput(task);
  if (given !== undefined) return sumUp(given, context.dependencies);
  const isVoter = task.part?.kind === "vote";
  // Voters see nothing of one another.
  const posted = isAtBoard && !isVoter ? await boardAsDependency(context) : [];
  const missing = missingFrom(context.dependencies);
  const dependencies = [...context.dependencies, ...posted];
  const drafted = minding(await draftPlan(task, { ...context, dependencies }), missing);
  const delegated = context.mayDelegate && !isVoter ? delegateSteps(drafted.plan) : null;
  context.progress(saidOf(drafted, delegated));
  if (isAtBoard && !isVoter) await postPlan(context.board, drafted.plan);
  return delegated ?? resultOf(task, drafted, missing);
}

function saidOf({ plan }: GoodPlan, delegated: Delegated | null): string {
  const now = delegated === null ? "" : `; ${delegated.delegate.length - 1} of them can be done now`;
  return `The plan has ${plan.steps.length} steps${now}`;
}

/** A voter claims its answer, and without one what its plan is to achieve. */
function resultOf({ part }: TaskSpec, { plan, answer }: GoodPlan, missing: readonly string[]): TaskResult {
  const text = [...(answer === undefined ? [] : [answer]), ...missing, planText(plan)].join("\n\n");
  return { text, evidence: [], plan, artifacts: [], ...(part?.kind === "vote" && { claims: [answer ?? plan.goal] }) };
}
