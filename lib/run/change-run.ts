import { DeputyError } from "#/lib/errors.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Db } from "#/lib/store/db.ts";
import { appendEvents } from "#/lib/store/events.ts";
import { lockRun, type Run } from "#/lib/store/runs.ts";
import { holdsClaim } from "#/lib/store/tasks.ts";
import { announceGrowth } from "#/lib/stream/announce.ts";
import { type Ring, ring } from "#/lib/stream/ring.ts";

/** A change of one run while it is being made: rows through `db`, events and bells collected in order. */
export type RunChange = {
  readonly db: Db;
  readonly run: Run;
  readonly events: NewEvent[];
  readonly rings: Ring[];
};

/**
 * The one way to change a run. The run's row is locked, `change` alters rows and collects events, and both commit in one
 * transaction; only then are the bells rung. A crash before the commit leaves nothing, one after it leaves a task that is
 * due and unheard of, which the reconciler rings. Returns null, and changes nothing, when the run does not exist or has
 * ended: nothing follows an end.
 */
export function changeRun<T>(
  context: Context,
  runId: string,
  change: (state: RunChange) => Promise<T>,
): Promise<{ value: T; seq: number } | null> {
  return changeOpenedRun(context, (db) => lockRun(db, runId), change);
}

/** The same for a run that `open` finds or creates, and locks, in the transaction of the change. */
export async function changeOpenedRun<T>(
  context: Context,
  open: (db: Db) => Promise<Run | null>,
  change: (state: RunChange) => Promise<T>,
): Promise<{ value: T; seq: number } | null> {
  const done = await context.store.db.transaction(async (db) => {
    const run = await open(db);
    if (run === null || run.status !== "active") return null;
    const state: RunChange = { db, run, events: [], rings: [] };
    const value = await change(state);
    const seq = state.events.length === 0 ? run.lastSeq : await appendEvents(db, run.id, state.events);
    return { value, seq, state };
  });
  if (done === null) return null;
  if (done.state.events.length > 0) announceGrowth(context.doorbell, done.state.run.id, done.seq);
  await ring(context.doorbell, done.state.rings);
  return { value: done.value, seq: done.seq };
}

/**
 * The same by the holder of a task: fenced by its claim. Throws `claim-lost` when the claim is not current any more, or
 * the run has ended; whoever gets it stops at once.
 */
export async function changeHeldRun(
  context: Context,
  task: ClaimedTask,
  change: (state: RunChange) => Promise<void> | void,
): Promise<void> {
  const done = await changeRun(context, task.runId, async (state) => {
    if (!(await holdsClaim(state.db, task.id, task.claim))) return false;
    await change(state);
    return true;
  });
  if (done?.value === true) return;
  throw new DeputyError("claim-lost", `claim ${task.claim} of task ${task.id} is not current any more`);
}
