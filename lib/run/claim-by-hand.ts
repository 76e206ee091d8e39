import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Handed } from "#/lib/run/hand-over.ts";
import { rootSpec } from "#/lib/run/root-task.ts";
import { readWarrant } from "#/lib/run/warrant.ts";
import { readTaskWords } from "#/lib/store/task-words.ts";

/** A task that was handed over, with the words that its agent needs; they are read where they are not known yet. */
export async function claimedByHand(context: Context, { task, program, words }: Handed): Promise<ClaimedTask> {
  if (task.parentId === null) return { ...task, spec: rootSpec, isWarranted: true };
  const known = words ?? (await readTaskWords(context.store, task.id));
  const { spec, isWarranted } = readWarrant(program, task, known);
  return { ...task, spec: spec ?? rootSpec, isWarranted };
}
