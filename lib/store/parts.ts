import { decodeEvent, type EventType, type RawEvent, type RunEvent } from "#/lib/protocol/event.ts";
import { answered } from "#/lib/store/answered.ts";
import type { Store } from "#/lib/store/db.ts";

/** The tasks that a group has had created, and how often a person has had it begin anew. */
export type PartRows = {
  /** Those created since it was opened for the last time, in that order. */
  readonly partIds: readonly string[];
  readonly openings: number;
  /** Number of the last event that opened it again, else 0. */
  readonly reopenedSeq: number;
  /** When the first of them was created: the group had begun then. Null without any. */
  readonly begunAt: string | null;
};

/** `createdSeq`: the number of the event with which the log begins to speak of the group. */
export async function readPartRows(
  store: Store,
  { runId, id, createdSeq }: { readonly runId: string; readonly id: string; readonly createdSeq: number | null },
): Promise<PartRows> {
  const [rows] = await answered(
    store,
    "hot",
    (sql) => sql<PartRows[]>`
      with reopened as (
        select count(*)::int as openings, coalesce(max(seq), 0) as seq from events
        where run_id = ${runId} and seq > ${createdSeq ?? 0} and type = 'task.reopened' and task_id = ${id}
      )
      select openings, seq as "reopenedSeq", parts.ids as "partIds", parts."begunAt"
      from reopened, lateral (
        select coalesce(array_agg(part.id order by part.created_seq), '{}') as ids,
          min(part.created_at)::text as "begunAt"
        from tasks part
        where part.run_id = ${runId} and part.parent_id = ${id} and part.created_seq > seq
      ) as parts`,
  );
  return rows ?? { partIds: [], openings: 0, reopenedSeq: 0, begunAt: null };
}

/** The events of these types behind `after` that speak of these tasks of a run, in order. */
export async function readTaskEvents(
  store: Store,
  runId: string,
  taskIds: readonly string[],
  types: readonly EventType[],
  after: number,
): Promise<RunEvent[]> {
  const rows = await answered(
    store,
    "hot",
    (sql) => sql<RawEvent[]>`
      select run_id as "runId", seq, to_json(at)#>>'{}' as at, v, type, task_id as "taskId", data from events
      where run_id = ${runId} and seq > ${after} and task_id = any(${[...taskIds]}::uuid[])
        and type = any(${[...types]}::text[])
      order by seq`,
  );
  return rows.flatMap((row) => decodeEvent(row) ?? []);
}
