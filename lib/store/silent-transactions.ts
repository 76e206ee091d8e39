import { sql } from "drizzle-orm";
import { HOT_NAME } from "#/lib/store/connect.ts";
import type { Db } from "#/lib/store/db.ts";

/**
 * Ends the connections whose client has left a transaction, and with it the locks of its runs, lying for `olderThanMs`: a process
 * that was stopped in the middle. The server's own limit for idle transactions does not see one that was stopped between the
 * two messages with which a statement is first prepared. Gives how many; a role may end its own connections only.
 */
export async function endSilentTransactions(db: Db, olderThanMs: number): Promise<number> {
  const ended = await db.execute(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${HOT_NAME} and datname = current_database() and usename = current_user
      and wait_event = 'ClientRead' and xact_start < now() - ${olderThanMs} * interval '1 millisecond'
      and state_change < now() - ${olderThanMs} * interval '1 millisecond'`);
  return ended.length;
}
