import { asc, eq, sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { tasks } from "#/lib/store/schema.ts";

/** Task rows as they are read outside of a change; changes of them go through commit-runs.ts. */
export type Task = typeof tasks.$inferSelect;

export async function findTask(db: Db, taskId: string): Promise<Task | null> {
  const [row] = await db.select().from(tasks).where(eq(tasks.id, taskId));
  return row ?? null;
}

/** In the order in which they were created, the root task first. */
export async function listTasks(db: Db, runId: string): Promise<Task[]> {
  return db
    .select()
    .from(tasks)
    .where(eq(tasks.runId, runId))
    .orderBy(asc(sql`coalesce(${tasks.createdSeq}, 0)`));
}
