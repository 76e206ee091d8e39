import { isNotNull, sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { runs, tasks } from "#/lib/store/schema.ts";

const count = sql<number>`count(*)::int`;

/** Counts by status; delegated tasks only, the root task of a run is not one. */
export async function readStatistics(db: Db) {
  const runCounts = await db.select({ status: runs.status, count }).from(runs).groupBy(runs.status);
  const taskCounts = await db
    .select({ agent: tasks.agent, status: tasks.status, count })
    .from(tasks)
    .where(isNotNull(tasks.parentId))
    .groupBy(tasks.agent, tasks.status);
  return { runs: runCounts, tasks: taskCounts };
}

/** Resolves when the database answers. */
export async function ping(db: Db): Promise<void> {
  await db.execute(sql`select 1`);
}
