import type { Sql } from "postgres";

/**
 * Renews the worker's lease by the database's clock. False when the lease was taken away. Plain SQL: it runs in a thread that
 * loads nothing else.
 */
export async function renewLease(sql: Sql, workerId: string, load: number): Promise<boolean> {
  const rows = await sql`update workers set seen_at = now(), load = ${load} where id = ${workerId} returning id`;
  return rows.length === 1;
}
