import { DeputyError } from "#/lib/errors.ts";
import type { Changed, Needs } from "#/lib/run/batch.ts";
import type { Context } from "#/lib/run/context.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/**
 * The one way to change a run. `change` is called with the run and its open tasks as they stand under the run's lock; it
 * alters them in memory and collects events, without waiting for anything, and all of it commits at once, often together
 * with changes of other runs. Only then are bells rung. Resolves with null, and changes nothing, when the run does not exist
 * or has ended: nothing follows an end.
 */
export function changeRun<T>(
  context: Context,
  runId: string,
  change: (state: RunChange) => T,
  needs?: Needs,
): Promise<Changed<T> | null> {
  return context.writer.change(runId, change, needs);
}

/** The fence: who holds a task names all of these with every write. */
export type Claim = {
  readonly id: string;
  readonly runId: string;
  readonly claim: number;
  readonly workerId: string | null;
};

/**
 * False when the claim is not current any more. The worker's name is part of the fence, for a claim whose commit did not
 * wait for the disk may be undone by a crash of the database, and its number be given to another.
 */
export function holdsClaim(change: RunChange, held: Claim): boolean {
  const task = change.task(held.id);
  return task?.status === "in_progress" && task.claim === held.claim && task.workerId === held.workerId;
}

/**
 * The log tells of a claim together with the first other thing that happens under it: a claim does not wait for the disk, and
 * what a reader has seen must never be undone.
 */
export function announceClaim(change: RunChange, taskId: string): void {
  const task = change.task(taskId);
  if (task?.status !== "in_progress" || task.workerId === null || task.announced === task.claim) return;
  change.setTask(taskId, { announced: task.claim });
  const data = { claim: task.claim, attempt: task.attempt, workerId: task.workerId };
  change.events.push({ type: "task.claimed", taskId, agent: task.agent, data });
}

/**
 * The same by the holder of a task. Throws `claim-lost` when the claim is not current any more, or the run has ended;
 * whoever gets it stops at once.
 */
export async function changeHeldRun<T>(
  context: Context,
  held: Claim,
  change: (state: RunChange) => T,
  needs?: Needs,
): Promise<Changed<T>> {
  const done = await changeRun(
    context,
    held.runId,
    (state) => {
      if (!holdsClaim(state, held)) throw claimLost(held);
      announceClaim(state, held.id);
      return change(state);
    },
    needs,
  );
  if (done === null) throw claimLost(held);
  return done;
}

function claimLost(held: Claim): DeputyError {
  return new DeputyError("claim-lost", `claim ${held.claim} of task ${held.id} is not current any more`);
}
