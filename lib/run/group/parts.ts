import type { PartOf } from "#/lib/protocol/orchestration.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { type Known, readOutcomes } from "#/lib/run/read-dependencies.ts";
import { type PartRows, readPartRows } from "#/lib/store/parts.ts";

/** A task of a group, with what became of it. */
export type Part = Known & { readonly part: PartOf };

/**
 * A task that has tasks of its own. `reopenedSeq`: the last event by which a person had it begin anew, else 0. `begunAt`: when it
 * was claimed for the first time, for it is claimed again with their results; null while it has none.
 */
export type Group = ClaimedTask & Omit<PartRows, "partIds">;

/**
 * The group, and its tasks in the order in which they were created; none before it has been advanced for the first time. When
 * a person has opened it again, those that it had before do not count.
 */
export async function readGroup(context: Context, task: ClaimedTask): Promise<{ group: Group; parts: Part[] }> {
  const { partIds, ...opened } = await readPartRows(context.store, task);
  const group = { ...task, ...opened };
  const known = await readOutcomes(context, partIds);
  const parts = known.flatMap(({ spec, ...one }) =>
    spec.part === undefined ? [] : [{ ...one, spec, part: spec.part }],
  );
  return { group, parts };
}

/** Why none of them brought a result; null when one did. */
export function whyAllFailed(parts: readonly Part[]): string | null {
  if (parts.some(({ result }) => result !== undefined)) return null;
  return parts.map(({ spec, error }) => `${spec.ref}: ${error?.message ?? "nothing"}`).join(" ");
}

/** References of parts are made here and nowhere else: those that people and models write hold no dot. */
export function partRef({ ref, openings }: Pick<Group, "ref" | "openings">, name: string): string {
  return openings === 0 ? `${ref}.${name}` : `${ref}.${openings + 1}-${name}`;
}

/** How far a task stands below the main agent, or the program: 1 for what that delegates itself. */
export function depthOf(ref: string): number {
  return ref.split(".").length;
}
