import type { AgentName } from "#/lib/protocol/agent.ts";
import { decodeEvent, type RunEvent } from "#/lib/protocol/event.ts";
import { answered } from "#/lib/store/answered.ts";
import type { Store } from "#/lib/store/db.ts";

/** A stretch of a run's log that was read in one go. */
export type LogPage = {
  /** The number behind which it was read. */
  readonly after: number;
  /** The number of its last record; `after` when there was none. */
  readonly last: number;
  /** In order. Records that this version cannot read are left out. */
  readonly events: readonly RunEvent[];
  /** About the size of the events as JSON. */
  readonly bytes: number;
  /** What the run's counter said when it was read; above `last` when there is more to read. */
  readonly lastSeq: number;
  /** False when nothing will follow `lastSeq`. */
  readonly active: boolean;
};

export type Wanted = { readonly runId: string; readonly after: number };

/** A page ends behind the record with which it reaches one of the two. */
const MOST_RECORDS = 500;
const MOST_STORED_BYTES = 128 * 1_024;
/** Of a record as JSON, besides its data. */
const FRAME_BYTES = 200;

type Row = {
  seq: number;
  at: string;
  v: number;
  type: string;
  taskId: string | null;
  agent: AgentName | null;
  data: string;
};
type TailRow = { n: string; lastSeq: number; status: string } & (Row | { seq: null });

/**
 * The next page of each log, in one statement and of one moment, in the order in which they were asked for; null for a run
 * that does not exist.
 */
export async function readTails(store: Store, wanted: readonly Wanted[]): Promise<(LogPage | null)[]> {
  const runIds = wanted.map(({ runId }) => runId);
  const cursors = wanted.map(({ after }) => after);
  const rows = await answered(
    store,
    "hot",
    (sql) => sql<TailRow[]>`
    select wanted.n, runs.last_seq as "lastSeq", runs.status, page.*
    from unnest(${runIds}::uuid[], ${cursors}::int[]) with ordinality as wanted (run_id, after, n)
    join runs on runs.id = wanted.run_id
    left join lateral (
      select seq, at::text as at, v, type, task_id as "taskId", agent, data::text as data
      from (
        select *, sum(pg_column_size(data)) over (order by seq) - pg_column_size(data) as stored_before
        from (
          select * from events
          where events.run_id = wanted.run_id and events.seq > wanted.after
          order by events.seq limit ${MOST_RECORDS}
        ) as next
      ) as sized
      where stored_before < ${MOST_STORED_BYTES}
    ) as page on true
    order by wanted.n, page.seq`,
  );
  const found = Map.groupBy(rows, (row) => Number(row.n) - 1);
  return wanted.map((one, index) => pageOf(one, found.get(index) ?? []));
}

function pageOf({ runId, after }: Wanted, rows: readonly TailRow[]): LogPage | null {
  const [first] = rows;
  if (first === undefined) return null;
  const records = rows.filter((row) => row.seq !== null);
  return {
    after,
    last: records.at(-1)?.seq ?? after,
    events: records.flatMap((row) => decode(runId, row) ?? []),
    bytes: records.reduce((sum, row) => sum + row.data.length + FRAME_BYTES, 0),
    lastSeq: first.lastSeq,
    active: first.status === "active",
  };
}

function decode(runId: string, { seq, at, v, type, taskId, agent, data }: Row): RunEvent | null {
  return decodeEvent({
    runId,
    seq,
    at: new Date(at).toISOString(),
    v,
    type,
    ...(taskId !== null && { taskId }),
    ...(agent !== null && { agent }),
    data: JSON.parse(data),
  });
}
