import { and, desc, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { answered } from "#/lib/store/answered.ts";
import type { Db, Store } from "#/lib/store/db.ts";
import { conversations, messages, runs } from "#/lib/store/schema.ts";
import { isStorable } from "#/lib/store/storable.ts";

export type Run = typeof runs.$inferSelect;

export async function findRun(db: Db, runId: string): Promise<Run | null> {
  const [row] = await db.select().from(runs).where(eq(runs.id, runId));
  return row ?? null;
}

export type LogHead = {
  /** The number of the run's newest event. */
  readonly lastSeq: number;
  /** False when nothing will follow it. */
  readonly active: boolean;
};

/** Null when there is no such run. Every viewer asks for it as he comes. */
export async function readLogHead(store: Store, runId: string): Promise<LogHead | null> {
  const [head] = await answered(
    store,
    "hot",
    (sql) => sql<LogHead[]>`select last_seq as "lastSeq", status = 'active' as active from runs where id = ${runId}`,
  );
  return head ?? null;
}

/** The only one of its conversation that can be active: the next one begins when it has ended. */
export async function findNewestRun(db: Db, conversationId: string): Promise<Run | null> {
  if (!isStorable(conversationId)) return null;
  const [row] = await db
    .select()
    .from(runs)
    .where(eq(runs.conversationId, conversationId))
    .orderBy(desc(runs.createdAt), desc(runs.trial))
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

/** Active runs past their deadline, at most 100. The time of a paused run stands still. */
export async function listOverdueRuns(db: Db): Promise<{ id: string }[]> {
  return db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.status, "active"), sql`${runs.deadlineAt} < now()`, isNull(runs.pausedAt)))
    .limit(100);
}
