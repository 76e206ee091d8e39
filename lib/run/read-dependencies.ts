import { eventData } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { type Failure, TaskSpec } from "#/lib/protocol/task.ts";
import type { Context } from "#/lib/run/context.ts";
import { type OutcomeRow, readOutcomes } from "#/lib/store/outcomes.ts";

/** A task of the run as one that depends on it is told of it. */
export type Known = {
  readonly id: string;
  readonly spec: TaskSpec;
  readonly result?: TaskResult;
  readonly error?: Failure;
};

/** What these tasks brought, or why they brought nothing, in the order in which they are named. */
export async function readDependencies(context: Context, taskIds: readonly string[]): Promise<Known[]> {
  if (taskIds.length === 0) return [];
  const rows = await readOutcomes(context.store, taskIds);
  return taskIds.flatMap((id) => knownOf(rows.find((row) => row.id === id)) ?? []);
}

function knownOf(row: OutcomeRow | undefined): Known | null {
  const spec = TaskSpec.safeParse(row?.created);
  return row === undefined || !spec.success ? null : { id: row.id, spec: spec.data, ...outcomeOf(row) };
}

function outcomeOf({ type, data }: OutcomeRow): Pick<Known, "result" | "error"> {
  if (type === "task.completed") return { result: eventData["task.completed"].parse(data).result };
  if (type === "task.failed") return { error: eventData["task.failed"].parse(data).error };
  if (type !== "task.cancelled") return {};
  return { error: { code: "cancelled", message: eventData["task.cancelled"].parse(data).reason } };
}
