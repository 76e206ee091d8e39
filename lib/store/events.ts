import { and, asc, eq, gt, inArray } from "drizzle-orm";
import { decodeEvent, type RunEvent } from "#/lib/protocol/event.ts";
import { answered } from "#/lib/store/answered.ts";
import type { Db, Store } from "#/lib/store/db.ts";
import { events } from "#/lib/store/schema.ts";

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

/** The same for a reader who comes back for what has been added: a prepared statement on the hot connections. */
export async function readNewEvents(store: Store, runId: string, after: number): Promise<RunEvent[]> {
  const rows = await answered(
    store,
    "hot",
    (sql) => sql<Row[]>`
    select run_id as "runId", seq, at::text as at, v, type, task_id as "taskId", agent, data
    from events where run_id = ${runId} and seq > ${after} order by seq`,
  );
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

type Row = typeof events.$inferSelect;

function decode(row: Row): RunEvent | null {
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
