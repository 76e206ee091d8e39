import { DeputyError } from "#/lib/errors.ts";
import { allowedActions } from "#/lib/machine/phases.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { Context } from "#/lib/run/context.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";
import type { Task } from "#/lib/store/tasks.ts";

/**
 * The last look before a delegated task is run, past whatever wrote its row: the log must show that its block was accepted,
 * with these words, from the user or in a phase in which the machine's table allows to delegate. Throws `not-accepted`.
 */
export async function requireAccepted(context: Context, task: Task): Promise<void> {
  const logs = await readEventsOfRuns(context.store.db, [task.runId], ["run.phase-changed", "action.accepted"]);
  if (wasAccepted(logs.get(task.runId) ?? [], task)) return;
  throw new DeputyError(
    "not-accepted",
    "The run's log shows no accepted DELEGATE for this task, so it was not run. Ask again; if it happens again, look for who else writes to the database.",
  );
}

function wasAccepted(log: readonly RunEvent[], task: Task): boolean {
  let phase: Phase = "PLANNING";
  for (const event of log) {
    if (event.type === "run.phase-changed") phase = event.data.to;
    if (event.type !== "action.accepted") continue;
    const { turn, block, author, action } = event.data;
    if (turn !== task.turn || block !== task.block || action.kind !== "delegate") continue;
    const isAllowed = author === "user" || allowedActions[phase].includes("delegate");
    const isSame = author === task.author && action.agentType === task.agent && action.task === task.spec.task;
    return isAllowed && isSame;
  }
  return false;
}
