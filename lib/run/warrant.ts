import { allowedActions } from "#/lib/machine/phases.ts";
import { eventData } from "#/lib/protocol/event.ts";
import { TaskSpec } from "#/lib/protocol/task.ts";
import { hashOf } from "#/lib/run/create-task.ts";
import type { TaskState, TaskWords } from "#/lib/store/run-state.ts";

/**
 * The last look before a delegated task is run, past whatever wrote its row: its words are those of its `task.created` event
 * and have the row's hash, and the log shows that its block was accepted with these words, from the user or in a phase in
 * which the machine's table allows to delegate. A program's run needs no block: there the `task.created` event warrants it.
 */
export function readWarrant(
  program: string | null,
  task: TaskState,
  words: TaskWords | undefined,
): { readonly spec: TaskSpec | null; readonly isWarranted: boolean } {
  const created = TaskSpec.safeParse(words?.created);
  if (!created.success) return { spec: null, isWarranted: false };
  const spec = created.data;
  const isSame = hashOf(spec) === task.hash && spec.agent === task.agent && spec.author === task.author;
  const isAllowed = task.author === "program" ? program !== null : wasAccepted(task, spec, words?.accepted);
  return { spec, isWarranted: isSame && isAllowed };
}

function wasAccepted(task: TaskState, spec: TaskSpec, accepted: unknown): boolean {
  const read = eventData["action.accepted"].safeParse(accepted);
  if (!read.success) return false;
  const { turn, block, author, action, phase } = read.data;
  if (turn !== task.turn || block !== task.block || action.kind !== "delegate") return false;
  const isAllowed = author === "user" || (phase !== undefined && allowedActions[phase].includes("delegate"));
  return isAllowed && author === task.author && action.agentType === spec.agent && action.task === spec.task;
}
