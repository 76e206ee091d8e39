import type { PartOf } from "#/lib/protocol/orchestration.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { type Known, readDependencies } from "#/lib/run/read-dependencies.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";

/** A task of a group, with what became of it. */
export type Part = Known & { readonly part: PartOf };

/** The tasks of a group in the order in which they were created; none before it has been advanced for the first time. */
export async function readParts(context: Context, group: ClaimedTask): Promise<Part[]> {
  const logs = await readEventsOfRuns(context.store.db, [group.runId], ["task.created"]);
  const created = (logs.get(group.runId) ?? []).flatMap((event) =>
    event.type === "task.created" && event.taskId !== undefined && isPartOf(event.data.ref, group.ref)
      ? [event.taskId]
      : [],
  );
  const known = await readDependencies(context, created);
  return known.flatMap((task) => (task.spec.part === undefined ? [] : [{ ...task, part: task.spec.part }]));
}

/** References of parts are made here and nowhere else: those that people and models write hold no dot. */
export function partRef(group: string, name: string): string {
  return `${group}.${name}`;
}

function isPartOf(ref: string, group: string): boolean {
  return ref.startsWith(`${group}.`) && !ref.slice(group.length + 1).includes(".");
}

/** How far a task stands below the main agent, or the program: 1 for what that delegates itself. */
export function depthOf(ref: string): number {
  return ref.split(".").length;
}
