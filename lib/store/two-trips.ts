import type { ReservedSql, Sql } from "postgres";
import { answered } from "#/lib/store/answered.ts";
import { HOT_LOCK_MS, type Store } from "#/lib/store/db.ts";

/**
 * A transaction in two round trips: what `read` asks is sent at once, together with the begin, and what `write` makes of the
 * answers at once, together with the commit. When anything fails nothing was written, and the first error is thrown (when it
 * is the connection that failed during the commit, nobody knows).
 */
export function inTwoTrips<const R extends readonly unknown[]>(
  store: Store,
  lockTimeoutMs: number,
  read: (sql: ReservedSql) => R,
  write: (sql: ReservedSql, ...rows: { -readonly [K in keyof R]: Awaited<R[K]> }) => readonly unknown[],
): Promise<void> {
  return answered(store, "hot", (pool) => onOneConnection(pool, lockTimeoutMs, read, write));
}

async function onOneConnection<const R extends readonly unknown[]>(
  pool: Sql,
  lockTimeoutMs: number,
  read: (sql: ReservedSql) => R,
  write: (sql: ReservedSql, ...rows: { -readonly [K in keyof R]: Awaited<R[K]> }) => readonly unknown[],
): Promise<void> {
  const sql = await pool.reserve();
  try {
    // A query is sent when somebody waits for it: the begin must be the first.
    const patience = lockTimeoutMs === HOT_LOCK_MS ? "" : `; set local lock_timeout = ${lockTimeoutMs}`;
    const begun = sql.unsafe(`begin${patience}`).execute();
    const [, rows] = await Promise.all([begun, settled(read(sql))]);
    await settled([...write(sql, ...rows), sql.unsafe("commit")]);
  } catch (error) {
    await sql.unsafe("rollback").catch(() => undefined);
    throw error;
  } finally {
    sql.release();
  }
}

/** Waits for all, so that nothing is under way any more when the first error is thrown. */
async function settled<R extends readonly unknown[]>(all: R): Promise<{ -readonly [K in keyof R]: Awaited<R[K]> }> {
  const outcomes = await Promise.allSettled(all);
  const values = outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
  return values as { -readonly [K in keyof R]: Awaited<R[K]> };
}
