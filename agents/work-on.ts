import type { Agent, Delegated } from "#/agents/agent.ts";
import { type AgentBreakers, standIn } from "#/agents/agent-breakers.ts";
import { turnRequest } from "#/agents/main/agent.ts";
import { askForBid, runAgent, type Search } from "#/agents/run-agent.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { asDeputyError, DeputyError, messageOf } from "#/lib/errors.ts";
import type { Models } from "#/lib/model/models.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { advanceRun } from "#/lib/run/advance-run.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { advanceGroup } from "#/lib/run/group/advance-group.ts";
import { isGroup } from "#/lib/run/group/is-group.ts";
import { mayDelegate } from "#/lib/run/group/subtasks.ts";
import { completeTask, failTask, type Settled } from "#/lib/run/settle-task.ts";
import type { Settings } from "#/lib/run/turn-input.ts";

export type Trade = {
  readonly agents: readonly Agent[];
  readonly models: Models;
  readonly breakers: AgentBreakers;
  readonly settings: Settings;
};

/** `left`: the main agent's task waits or has ended. `lost`: it is somebody else's now, or an outcome came too late. */
export type Worked = Settled | "left";

/** One claimed task from its claim to its outcome. Never throws. */
export async function workOn(context: Context, task: ClaimedTask, trade: Trade, signal: AbortSignal): Promise<Worked> {
  try {
    if (task.agent === "main") {
      await advanceRun(context, task, { ...trade, main: { request: turnRequest }, signal });
      return "left";
    }
    if (!task.isWarranted) throw notAccepted();
    if (task.part === "bid") return await completeTask(context, task, await bidByAgent(context, task, trade, signal));
    const ask = (isAllowed: boolean) => runByAgent(context, task, trade, signal, isAllowed);
    if (isGroup(task.mode)) return await advanceGroup(context, task, ask, mayDelegate(context, task));
    return await completeTask(context, task, resultOf(task, await ask(false)));
  } catch (thrown) {
    const error = asDeputyError(thrown, "unexpected", true);
    if (error.code === "claim-lost") return "lost";
    context.log.warn({ task: task.id, agent: task.agent, code: error.code, error: error.message }, "attempt failed");
    return recordFailure(context, task, error);
  }
}

async function runByAgent(
  context: Context,
  task: ClaimedTask,
  trade: Trade,
  signal: AbortSignal,
  mayDelegate: boolean,
): Promise<TaskResult | Delegated> {
  const wanted = agentOf(trade, task.agent);
  const agent = (await standInFor(context, task, trade, wanted)) ?? wanted;
  const attempt = { agent, models: trade.models, search: searchIn(context), signal, mayDelegate };
  return trade.breakers.execute(agent.type, () => runAgent(context, task, attempt));
}

async function bidByAgent(context: Context, task: ClaimedTask, trade: Trade, signal: AbortSignal): Promise<TaskResult> {
  const agent = agentOf(trade, task.agent);
  const attempt = { agent, models: trade.models, search: searchIn(context), signal, mayDelegate: false };
  return askForBid(context, task, attempt);
}

function searchIn(context: Context): Search {
  return (query, limit) => searchPassages(context, query, limit);
}

/** Only an agent that was allowed to may leave its task to others. */
function resultOf(task: ClaimedTask, answered: TaskResult | Delegated): TaskResult {
  if (!("delegate" in answered)) return answered;
  const message = `The ${task.agent} agent delegated, which needs MODE hierarchical.`;
  throw new DeputyError("not-allowed", message);
}

/** While the agent's breaker is open, the next one of the configured chain does its tasks, and the log says so. */
async function standInFor(
  context: Context,
  task: ClaimedTask,
  trade: Trade,
  wanted: Agent,
): Promise<Agent | undefined> {
  if (trade.breakers.waitMs(wanted.type) === 0) return undefined;
  const isOut = (type: AgentType) =>
    trade.breakers.waitMs(type) > 0 || !trade.agents.some((agent) => agent.type === type);
  const type = standIn(context.env.agentFallback, wanted.type, isOut);
  const agent = trade.agents.find((known) => known.type === type);
  if (agent === undefined) return undefined;
  const reason = `The ${wanted.type} agent failed several times in a row and is left alone for now.`;
  await changeHeldRun(context, task, (change) => {
    const data = { from: wanted.type, to: agent.type, reason };
    change.events.push({ type: "task.rerouted", taskId: task.id, agent: agent.type, data });
  });
  return agent;
}

function agentOf({ agents }: Trade, type: string): Agent {
  const agent = agents.find((known) => known.type === type);
  if (agent === undefined) throw new DeputyError("agent-not-registered", `Agent ${type} not registered`);
  return agent;
}

/** When not even this can be written, the task stands in this worker's name and in nobody's hands: see giveBackForgotten. */
async function recordFailure(context: Context, task: ClaimedTask, error: DeputyError): Promise<Worked> {
  try {
    return await failTask(context, task, error);
  } catch (lost) {
    context.log.error({ task: task.id, error: messageOf(lost) }, "outcome not written");
    return "lost";
  }
}

function notAccepted(): DeputyError {
  return new DeputyError(
    "not-accepted",
    "The run's log shows no accepted DELEGATE for this task, so it was not run. Ask again; if it happens again, look for who else writes to the database.",
  );
}
