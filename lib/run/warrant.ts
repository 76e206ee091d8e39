import { allowedActions } from "#/lib/machine/phases.ts";
import type { ActionKind, Mode } from "#/lib/protocol/action.ts";
import { eventData } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import { TaskSpec } from "#/lib/protocol/task.ts";
import { hashOf } from "#/lib/run/create-task.ts";
import type { TaskState, TaskWords } from "#/lib/store/run-state.ts";
import { storable } from "#/lib/store/storable.ts";

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
  const isAllowed =
    task.author === "program" ? program !== null : wasAccepted(task, spec, words?.accepted, program !== null);
  return { spec, isWarranted: isSame && isAllowed };
}

function wasAccepted(task: TaskState, spec: TaskSpec, accepted: unknown, isProgram: boolean): boolean {
  const read = eventData["action.accepted"].safeParse(accepted);
  if (!read.success) return false;
  const { turn, block, author, action, phase } = read.data;
  // A person may reword what others have delegated, and a program what its run holds.
  const isAllowed =
    author === "user" ||
    (author === "program" && isProgram) ||
    (author === task.author && isAllowedIn(phase, action.kind));
  if (!isAllowed) return false;
  // Votes, bids and awards are what the block of the group asked for, whoever gives them.
  const isOfGroup = task.part !== null && task.part !== "subtask";
  if (action.kind === "replan") {
    const ref = isOfGroup ? task.ref.slice(0, task.ref.lastIndexOf(".")) : task.ref;
    return action.change?.id === ref && says(action.change, spec);
  }
  if (action.kind !== "delegate" || !says(action, spec)) return false;
  if (isOfGroup) return groupModes.includes(action.mode);
  return turn === task.turn && block === task.block && action.agentType === (spec.routing?.choice ?? spec.agent);
}

function isAllowedIn(phase: Phase | undefined, kind: ActionKind): boolean {
  return phase !== undefined && allowedActions[phase].includes(kind);
}

function says({ task }: { readonly task?: string | undefined }, spec: TaskSpec): boolean {
  return task === undefined || storable(task) === spec.task;
}

const groupModes: readonly Mode[] = ["consensus", "market"];
