import { DeputyError } from "#/lib/errors.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import type { Context } from "#/lib/run/context.ts";
import { countDocuments } from "#/lib/store/documents.ts";
import { readRefusals } from "#/lib/store/refusals.ts";
import { countToldTasks, readStatistics as readCounts } from "#/lib/store/statistics.ts";
import { findTask } from "#/lib/store/tasks.ts";
import { isUuid } from "#/lib/store/uuid.ts";
import { listLiveWorkers, listRegisteredAgents } from "#/lib/store/workers.ts";

export type TaskCounts = Readonly<
  Record<"total" | "pending" | "inProgress" | "waiting" | "completed" | "failed" | "cancelled", number>
> & {
  /** Completed by completed and failed, 0 to 1; null before the first. */
  readonly successRate: number | null;
};

/** What was delegated so far, in all runs, and to whom it can be. */
export type OrchestrationStatistics = {
  readonly agents: { readonly registered: number; readonly types: AgentName[]; readonly capabilities: string[] };
  readonly tasks: TaskCounts;
  /** Tasks for which no agent was found are nobody's. */
  readonly byAgent: Readonly<Record<string, TaskCounts>>;
};

/** What there is, counted: runs by status, delegated tasks by agent and status, documents, workers. */
export async function readStatistics(context: Context) {
  const { db } = context.store;
  const [orchestration, counts, documents, workers, refused] = await Promise.all([
    readOrchestration(context),
    readCounts(db),
    countDocuments(db),
    listLiveWorkers(db, context.env.leaseMs),
    readRefusals(db),
  ]);
  const runs = Object.fromEntries(counts.runs.map(({ status, count }) => [status, count]));
  const tasks: Record<string, Record<string, number>> = {};
  for (const { agent, status, count } of counts.tasks) tasks[agent] = { ...tasks[agent], [status]: count };
  return {
    runs,
    tasks,
    orchestration,
    ...documents,
    /** Entries, and late outcomes, that were not believed, by reason. */
    refused,
    workers: workers.map(({ id, host, pid, version, agents, load, startedAt }) => ({
      id,
      host,
      pid,
      version,
      agents,
      load,
      startedAt: new Date(startedAt).toISOString(),
    })),
  };
}

/** The tasks are counted as the log tells of them: a fold over all events gives the same numbers. */
export async function readOrchestration({ store }: Context): Promise<OrchestrationStatistics> {
  const [counts, cards] = await Promise.all([countToldTasks(store.db), listRegisteredAgents(store.db)]);
  const capabilities = cards.flatMap((card) => card.capabilities.map(({ name }) => name));
  const byAgent = Object.entries(Object.groupBy(counts, ({ agent }) => agent)).filter(([agent]) => agent !== "main");
  return {
    agents: {
      registered: cards.length,
      types: cards.map(({ type }) => type).toSorted(),
      capabilities: [...new Set(capabilities)].toSorted(),
    },
    tasks: countsOf(counts),
    byAgent: Object.fromEntries(byAgent.map(([agent, rows]) => [agent, countsOf(rows)])),
  };
}

function countsOf(rows: readonly { readonly status: TaskStatus; readonly count: number }[]): TaskCounts {
  const of = (...statuses: TaskStatus[]) =>
    rows.reduce((sum, { status, count }) => sum + (statuses.length === 0 || statuses.includes(status) ? count : 0), 0);
  const completed = of("completed");
  const failed = of("failed");
  return {
    total: of(),
    pending: of("pending"),
    inProgress: of("in_progress"),
    waiting: of("waiting"),
    completed,
    failed,
    cancelled: of("cancelled"),
    successRate: completed + failed === 0 ? null : completed / (completed + failed),
  };
}

/** The state of a delegated task. Throws `task-unknown`. */
export async function readTaskStatus({ store }: Context, taskId: string): Promise<TaskStatus> {
  const task = isUuid(taskId) ? await findTask(store.db, taskId) : null;
  if (task !== null && task.parentId !== null) return task.status;
  throw new DeputyError("task-unknown", `There is no delegated task ${taskId}.`);
}
