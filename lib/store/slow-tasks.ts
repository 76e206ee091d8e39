import { sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";

export type SlowTask = {
  readonly id: string;
  readonly runId: string;
  /** Number of the run's newest event when this was read. */
  readonly lastSeq: number;
  readonly expectedMs: number;
  /** Somebody has claimed it, now or before. */
  readonly hasBegun: boolean;
};

/**
 * Open tasks that were dispatched longer ago than their complexity lets expect, and of which the log does not say so yet; the
 * longest dispatched first, at most 100. `expectedMs` is by complexity, that of 1 at place 1. Nothing of a run that is paused;
 * once it goes on, time counts anew.
 */
export async function listSlowTasks(db: Db, expectedMs: readonly number[]): Promise<SlowTask[]> {
  const least = Math.min(...expectedMs);
  const rows = await db.execute<SlowTask>(sql`
    select task.id, task.run_id as "runId", runs.last_seq as "lastSeq", expected.ms as "expectedMs",
      task.status <> 'pending' or task.attempt > 0 as "hasBegun"
    from tasks task
      join runs on runs.id = task.run_id and runs.status = 'active' and runs.paused_at is null
      join events created on created.run_id = task.run_id and created.seq = task.created_seq
      cross join lateral (
        select (${JSON.stringify(expectedMs)}::jsonb ->> (created.data ->> 'complexity')::int)::int as ms
      ) as expected
    where task.open and task.parent_id is not null and task.dispatched_at < ${ago(sql`${least}::int`)}
      and task.dispatched_at < ${ago(sql`expected.ms`)}
      and not exists (select 1 from events told where told.run_id = task.run_id and told.seq > task.created_seq
        and (told.type = 'task.slow' and told.task_id = task.id and told.at >= task.dispatched_at
          or told.type = 'run.resumed' and told.at >= ${ago(sql`expected.ms`)}))
    order by task.dispatched_at limit 100`);
  return [...rows];
}

function ago(ms: ReturnType<typeof sql>) {
  return sql`now() - ${ms} * interval '1 millisecond'`;
}
