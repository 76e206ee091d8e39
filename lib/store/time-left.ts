import { eq, sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { runs } from "#/lib/store/schema.ts";

/** Milliseconds to the run's deadline, at least 0, by the database's clock; null when there is no such run. */
export async function readTimeLeft(db: Db, runId: string): Promise<number | null> {
  const left = sql<number>`extract(epoch from ${runs.deadlineAt} - coalesce(${runs.pausedAt}, now()))::float8 * 1000`;
  const [row] = await db.select({ left }).from(runs).where(eq(runs.id, runId));
  return row === undefined ? null : Math.max(0, row.left);
}
