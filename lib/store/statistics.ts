import { isNotNull, sql } from "drizzle-orm";
import type { TaskStatus } from "#/lib/protocol/task.ts";
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

/**
 * Delegated tasks by agent and status, as the log tells of them: a claim that nothing has followed yet is not in the log, so the
 * task still counts as pending.
 */
export async function countToldTasks(db: Db) {
  const status = sql<TaskStatus>`case when ${tasks.status} = 'in_progress' and ${tasks.announced} <> ${tasks.claim}
    then 'pending' else ${tasks.status} end`.as("told");
  return db
    .select({ agent: tasks.agent, status, count })
    .from(tasks)
    .where(isNotNull(tasks.parentId))
    .groupBy(tasks.agent, sql`told`);
}

/** Resolves when the database answers. */
export async function ping(db: Db): Promise<void> {
  await db.execute(sql`select 1`);
}
