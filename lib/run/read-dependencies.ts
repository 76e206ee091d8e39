import { eventData } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { type Failure, TaskSpec } from "#/lib/protocol/task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { readLoggedTasks } from "#/lib/store/logged-tasks.ts";
import type { LoggedTask } from "#/lib/store/run-state.ts";

/** A task of the run as one that depends on it is told of it. */
export type Known = {
  readonly id: string;
  readonly spec: TaskSpec;
  readonly result?: TaskResult;
  readonly error?: Failure;
};

/** What the tasks that this one depends on brought, or why they brought nothing, in the order in which they are named. */
export function readDependencies(context: Context, { dependsOn, logged }: ClaimedTask): Promise<Known[]> {
  return readOutcomes(context, dependsOn, logged);
}

/** The same of any tasks. `logged`: what was read of them already. */
export async function readOutcomes(
  context: Context,
  taskIds: readonly string[],
  logged?: readonly LoggedTask[],
): Promise<Known[]> {
  if (taskIds.length === 0) return [];
  const rows = logged ?? (await readLoggedTasks(context.store, taskIds));
  return taskIds.flatMap((id) => knownOf(rows.find(({ taskId }) => taskId === id)) ?? []);
}

function knownOf(row: LoggedTask | undefined): Known | null {
  const spec = TaskSpec.safeParse(row?.created);
  return row === undefined || !spec.success ? null : { id: row.taskId, spec: spec.data, ...outcomeOf(row) };
}

function outcomeOf({ end, outcome }: LoggedTask): Pick<Known, "result" | "error"> {
  if (end === "task.completed") return { result: eventData["task.completed"].parse(outcome).result };
  if (end === "task.failed") return { error: eventData["task.failed"].parse(outcome).error };
  if (end !== "task.cancelled") return {};
  return { error: { code: "cancelled", message: eventData["task.cancelled"].parse(outcome).reason } };
}
