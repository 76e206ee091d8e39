import type { Sql } from "postgres";
import { connect } from "#/lib/store/connect.ts";
import type { Stack } from "#/test/faults/stack.ts";

/** One look at the fault's database, on a connection of its own, past every relay. */
export async function look<T>(stack: Stack, query: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(stack.databaseUrl, 1);
  try {
    return await query(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

export type Standing = { readonly id: string; readonly claim: number; readonly status: string };

export async function standingOf(stack: Stack, taskIds: readonly string[]): Promise<Standing[]> {
  if (taskIds.length === 0) return [];
  return look(stack, (sql) => sql<Standing[]>`select id, claim, status from tasks where id in ${sql(taskIds)}`);
}

/** Tasks that stand in the name of a worker. */
export async function tasksOf(stack: Stack, worker: string): Promise<Standing[]> {
  return look(
    stack,
    (sql) =>
      sql<Standing[]>`select id, claim, status from tasks where worker_id = ${worker} and status = 'in_progress'`,
  );
}

/** Tasks that a worker may claim now. */
export async function dueTasks(stack: Stack): Promise<Standing[]> {
  return look(
    stack,
    (sql) => sql<Standing[]>`
      select t.id, t.claim, t.status from tasks t where t.status = 'pending' and (t.parent_id is null or exists (
        select 1 from events e where e.run_id = t.run_id and e.task_id = t.id and e.type = 'task.dispatched'))`,
  );
}

/** What the database is doing for this fault, a line a session: who waits for whom. */
export async function activity(stack: Stack): Promise<string[]> {
  const rows = await look(
    stack,
    (sql) => sql<{ line: string }[]>`
      select concat_ws(' ', pid, state, wait_event_type, wait_event, 'blocked by', pg_blocking_pids(pid)::text,
        'transaction', round(extract(epoch from clock_timestamp() - xact_start)::numeric, 1), 's:', left(query, 120)) as line
      from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
  );
  return rows.map(({ line }) => line);
}
