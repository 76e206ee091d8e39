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

/** How often each of these tasks was claimed. */
export async function claimsOf(stack: Stack, taskIds: readonly string[]): Promise<number[]> {
  const rows = await look(
    stack,
    (sql) => sql<{ claim: number }[]>`select claim from tasks where id in ${sql(taskIds)}`,
  );
  return rows.map(({ claim }) => claim);
}

/** Tasks that a worker may claim now. */
export async function dueTasks(stack: Stack): Promise<{ id: string; claim: number }[]> {
  return look(
    stack,
    (sql) => sql<{ id: string; claim: number }[]>`
      select t.id, t.claim from tasks t where t.status = 'pending' and (t.parent_id is null or exists (
        select 1 from events e where e.run_id = t.run_id and e.task_id = t.id and e.type = 'task.dispatched'))`,
  );
}
