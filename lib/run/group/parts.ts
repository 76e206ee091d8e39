import type { PartOf } from "#/lib/protocol/orchestration.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { type Known, readOutcomes } from "#/lib/run/read-dependencies.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";

/** A task of a group, with what became of it. */
export type Part = Known & { readonly part: PartOf };

/** A task that has tasks of its own. `reopenedSeq`: the last event by which a person had it begin anew, else 0. */
export type Group = ClaimedTask & { readonly openings: number; readonly reopenedSeq: number };

/**
 * The group, and its tasks in the order in which they were created; none before it has been advanced for the first time. When
 * a person has opened it again, those that it had before do not count.
 */
export async function readGroup(context: Context, task: ClaimedTask): Promise<{ group: Group; parts: Part[] }> {
  const logs = await readEventsOfRuns(context.store.db, [task.runId], ["task.created", "task.reopened"]);
  const events = logs.get(task.runId) ?? [];
  const reopened = events.filter(({ type, taskId }) => type === "task.reopened" && taskId === task.id);
  const group = { ...task, openings: reopened.length, reopenedSeq: reopened.at(-1)?.seq ?? 0 };
  const created = events.flatMap((event) =>
    event.type === "task.created" && event.seq > group.reopenedSeq && isPartOf(event.data.ref, task.ref)
      ? (event.taskId ?? [])
      : [],
  );
  const known = await readOutcomes(context, created);
  const parts = known.flatMap(({ spec, ...one }) =>
    spec.part === undefined ? [] : [{ ...one, spec, part: spec.part }],
  );
  return { group, parts };
}

/** References of parts are made here and nowhere else: those that people and models write hold no dot. */
export function partRef({ ref, openings }: Pick<Group, "ref" | "openings">, name: string): string {
  return openings === 0 ? `${ref}.${name}` : `${ref}.${openings + 1}-${name}`;
}

function isPartOf(ref: string, group: string): boolean {
  return ref.startsWith(`${group}.`) && !ref.slice(group.length + 1).includes(".");
}

/** How far a task stands below the main agent, or the program: 1 for what that delegates itself. */
export function depthOf(ref: string): number {
  return ref.split(".").length;
}
