import type { NewEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Db } from "#/lib/store/db.ts";
import { appendEvents } from "#/lib/store/events.ts";
import { lockRun, type Run } from "#/lib/store/runs.ts";
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
export async function changeRun<T>(
  context: Context,
  runId: string,
  change: (state: RunChange) => Promise<T>,
): Promise<{ value: T; seq: number } | null> {
  const done = await context.store.db.transaction(async (db) => {
    const run = await lockRun(db, runId);
    if (run === null || run.status !== "active") return null;
    const state: RunChange = { db, run, events: [], rings: [] };
    const value = await change(state);
    const seq = state.events.length === 0 ? run.lastSeq : await appendEvents(db, runId, state.events);
    return { value, seq, state };
  });
  if (done === null) return null;
  if (done.state.events.length > 0) announceGrowth(context.doorbell, runId, done.seq);
  await ring(context.doorbell, done.state.rings);
  return { value: done.value, seq: done.seq };
}
