import { and, desc, eq, inArray, isNotNull } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { messages, runs, tasks } from "#/lib/store/schema.ts";
import type { Task } from "#/lib/store/tasks.ts";

export type DeadRow = {
  readonly task: Task;
  readonly runStatus: string;
  readonly conversationId: string;
  readonly message: string;
};

/** Newest first. */
export async function listDeadTasks(db: Db, limit: number): Promise<DeadRow[]> {
  return selectDead(db).where(isNotNull(tasks.dead)).orderBy(desc(tasks.settledAt)).limit(limit);
}

export async function findDeadTask(db: Db, taskId: string): Promise<DeadRow | null> {
  const [row] = await selectDead(db).where(and(eq(tasks.id, taskId), isNotNull(tasks.dead)));
  return row ?? null;
}

/** No dead letter any more; the task stays failed, and its history stays. False when it was none. */
export async function clearDead(db: Db, taskIds: readonly string[]): Promise<boolean> {
  const cleared = await db
    .update(tasks)
    .set({ dead: null })
    .where(and(inArray(tasks.id, [...taskIds]), isNotNull(tasks.dead)))
    .returning({ id: tasks.id });
  return cleared.length > 0;
}

function selectDead(db: Db) {
  return db
    .select({ task: tasks, runStatus: runs.status, conversationId: runs.conversationId, message: messages.text })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.runId))
    .innerJoin(messages, eq(messages.id, runs.messageId));
}
