import type { TaskSpec } from "#/lib/protocol/task.ts";
import type { Context } from "#/lib/run/context.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";

/** Ids of all delegated tasks of a run by their references, and their newest words by their ids. */
export type Specs = { readonly refs: ReadonlyMap<string, string>; readonly specs: ReadonlyMap<string, TaskSpec> };

export async function readSpecs({ store }: Context, runId: string): Promise<Specs> {
  const logs = await readEventsOfRuns(store.db, [runId], ["task.created", "task.changed"]);
  const refs = new Map<string, string>();
  const specs = new Map<string, TaskSpec>();
  for (const event of logs.get(runId) ?? []) {
    if (event.taskId === undefined || (event.type !== "task.created" && event.type !== "task.changed")) continue;
    refs.set(event.data.ref, event.taskId);
    specs.set(event.taskId, event.data);
  }
  return { refs, specs };
}
