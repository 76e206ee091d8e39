import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { decodeEvent, eventVersion, type NewEvent, type RunEvent } from "#/lib/protocol/event.ts";
import type { Db } from "#/lib/store/db.ts";
import { events, runs } from "#/lib/store/schema.ts";
import { storable } from "#/lib/store/storable.ts";

/**
 * Appends to the run's log and returns the number of the last event. The counter and the rows change in one transaction
 * with whatever else the caller does, so numbers have no gap and no event outlives a roll-back. The caller has made sure
 * (under the run's lock) that the run is active.
 */
export async function appendEvents(db: Db, runId: string, added: readonly NewEvent[]): Promise<number> {
  const [counter] = await db
    .update(runs)
    .set({ lastSeq: sql`${runs.lastSeq} + ${added.length}` })
    .where(eq(runs.id, runId))
    .returning({ lastSeq: runs.lastSeq });
  if (counter === undefined) throw new Error(`run ${runId} does not exist`);
  const first = counter.lastSeq - added.length + 1;
  if (added.length > 0) {
    await db.insert(events).values(
      added.map((event, index) => ({
        runId,
        seq: first + index,
        v: eventVersion,
        type: event.type,
        taskId: event.taskId,
        agent: event.agent,
        data: storable(event.data),
      })),
    );
  }
  return counter.lastSeq;
}

/** Events with a number above `after`, in order; types that this version does not know are left out. */
export async function readEvents(db: Db, runId: string, after = 0, limit = 100_000): Promise<RunEvent[]> {
  const rows = await db
    .select()
    .from(events)
    .where(and(eq(events.runId, runId), gt(events.seq, after)))
    .orderBy(asc(events.seq))
    .limit(limit);
  return rows.flatMap((row) => decode(row) ?? []);
}

/** The same for several runs at once, keyed by run; `types` limits what is read. */
export async function readEventsOfRuns(
  db: Db,
  runIds: readonly string[],
  types?: readonly RunEvent["type"][],
): Promise<Map<string, RunEvent[]>> {
  const found = new Map<string, RunEvent[]>(runIds.map((id) => [id, []]));
  if (runIds.length === 0) return found;
  const rows = await db
    .select()
    .from(events)
    .where(and(inArray(events.runId, [...runIds]), types && inArray(events.type, [...types])))
    .orderBy(asc(events.runId), asc(events.seq));
  for (const row of rows) {
    const event = decode(row);
    if (event) found.get(row.runId)?.push(event);
  }
  return found;
}

function decode(row: typeof events.$inferSelect): RunEvent | null {
  return decodeEvent({
    runId: row.runId,
    seq: row.seq,
    at: new Date(row.at).toISOString(),
    v: row.v,
    type: row.type,
    ...(row.taskId !== null && { taskId: row.taskId }),
    ...(row.agent !== null && { agent: row.agent }),
    data: row.data,
  });
}
