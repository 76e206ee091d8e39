import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Handed } from "#/lib/run/hand-over.ts";
import { rootSpec } from "#/lib/run/root-task.ts";
import { readWarrant } from "#/lib/run/warrant.ts";

/** A task that was handed over, as one that was claimed. */
export function claimedByHand({ task, program, words, dependencies }: Handed): ClaimedTask {
  if (task.parentId === null) return { ...task, spec: rootSpec, isWarranted: true };
  const { spec, isWarranted } = readWarrant(program, task, words);
  return { ...task, spec: spec ?? rootSpec, isWarranted, logged: dependencies };
}
