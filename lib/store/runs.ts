import { and, desc, eq, getTableColumns, sql } from "drizzle-orm";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { Failure, RunStatus } from "#/lib/protocol/task.ts";
import type { Db } from "#/lib/store/db.ts";
import { conversations, messages, runs } from "#/lib/store/schema.ts";
import { isStorable, storable } from "#/lib/store/storable.ts";

export type Run = typeof runs.$inferSelect;

export async function insertRun(
  db: Db,
  run: { id: string; conversationId: string; messageId: string; trial: number; deadlineMs: number },
): Promise<void> {
  const { deadlineMs, ...row } = run;
  await db.insert(runs).values({ ...row, deadlineAt: sql`now() + ${deadlineMs} * interval '1 millisecond'` });
}

/**
 * Locks the run until the transaction ends and returns it, or null when it does not exist. Every change of a run's state
 * begins with this lock, and takes it before any lock on a task: so changes of one run happen one after another, and two
 * of them never wait for each other.
 */
export async function lockRun(db: Db, runId: string): Promise<Run | null> {
  const [row] = await db.select().from(runs).where(eq(runs.id, runId)).for("update");
  return row ?? null;
}

/** The only writer of the phase. The caller holds the lock and appends the event. */
export async function setPhase(db: Db, runId: string, phase: Phase): Promise<void> {
  await db.update(runs).set({ phase }).where(eq(runs.id, runId));
}

/** The caller holds the lock, has seen the run active, and appends the end event in the same transaction. */
export async function endRun(db: Db, runId: string, status: Exclude<RunStatus, "active">, error: Failure | null) {
  await db
    .update(runs)
    .set({ status, error: storable(error), endedAt: sql`now()` })
    .where(eq(runs.id, runId));
}

export async function findRun(db: Db, runId: string): Promise<Run | null> {
  const [row] = await db.select().from(runs).where(eq(runs.id, runId));
  return row ?? null;
}

/** The newest run of a message. */
export async function findRunOfMessage(db: Db, messageId: string): Promise<Run | null> {
  const [row] = await db.select().from(runs).where(eq(runs.messageId, messageId)).orderBy(desc(runs.trial)).limit(1);
  return row ?? null;
}

export async function findActiveRun(db: Db, conversationId: string): Promise<Run | null> {
  if (!isStorable(conversationId)) return null;
  const [row] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.conversationId, conversationId), eq(runs.status, "active")))
    .orderBy(desc(runs.createdAt))
    .limit(1);
  return row ?? null;
}

/** Runs of a conversation in the order in which they began. */
export async function listRunsOfConversation(db: Db, conversationId: string): Promise<Run[]> {
  return db.select().from(runs).where(eq(runs.conversationId, conversationId)).orderBy(runs.createdAt, runs.trial);
}

/** Newest first, each with the message it answers. */
export async function listRuns(db: Db, limit: number) {
  return db
    .select({ run: getTableColumns(runs), text: messages.text, title: conversations.title })
    .from(runs)
    .innerJoin(messages, eq(messages.id, runs.messageId))
    .innerJoin(conversations, eq(conversations.id, runs.conversationId))
    .orderBy(desc(runs.createdAt))
    .limit(limit);
}

/** Active runs past their deadline, at most 100. */
export async function listOverdueRuns(db: Db): Promise<{ id: string }[]> {
  return db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.status, "active"), sql`${runs.deadlineAt} < now()`))
    .limit(100);
}
