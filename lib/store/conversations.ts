import { asc, desc, eq, inArray, sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { conversations, messages, runs } from "#/lib/store/schema.ts";
import { isStorable, storable } from "#/lib/store/storable.ts";

export type Conversation = typeof conversations.$inferSelect;
export type Message = typeof messages.$inferSelect;

/** Creates the conversation when it is new, and locks it until the transaction ends: its runs begin one after another. */
export async function touchConversation(db: Db, id: string, title: string): Promise<void> {
  await db
    .insert(conversations)
    .values({ id, title: storable(title) })
    .onConflictDoUpdate({ target: conversations.id, set: { updatedAt: sql`now()` } });
}

export async function findConversation(db: Db, id: string): Promise<Conversation | null> {
  if (!isStorable(id)) return null;
  const [row] = await db.select().from(conversations).where(eq(conversations.id, id));
  return row ?? null;
}

/** Newest first; `active` when a run of it is under way. */
export async function listConversations(db: Db, limit: number) {
  const rows = await db.select().from(conversations).orderBy(desc(conversations.updatedAt)).limit(limit);
  const busy = await db.selectDistinct({ id: runs.conversationId }).from(runs).where(eq(runs.status, "active"));
  const active = new Set(busy.map((row) => row.id));
  return rows.map((row) => ({ ...row, active: active.has(row.id) }));
}

export async function deleteConversation(db: Db, id: string): Promise<void> {
  await db.delete(conversations).where(eq(conversations.id, id));
}

/** False when a message with this id exists already. */
export async function insertMessage(
  db: Db,
  message: { id: string; conversationId: string; text: string },
): Promise<boolean> {
  const added = await db
    .insert(messages)
    .values({ ...message, text: storable(message.text) })
    .onConflictDoNothing()
    .returning({ id: messages.id });
  return added.length === 1;
}

export async function findMessage(db: Db, id: string): Promise<Message | null> {
  const [row] = await db.select().from(messages).where(eq(messages.id, id));
  return row ?? null;
}

export async function listMessages(db: Db, conversationId: string): Promise<Message[]> {
  return db
    .select()
    .from(messages)
    .where(eq(messages.conversationId, conversationId))
    .orderBy(asc(messages.createdAt), asc(messages.id));
}

export async function listMessagesById(db: Db, ids: readonly string[]): Promise<Message[]> {
  if (ids.length === 0) return [];
  return db
    .select()
    .from(messages)
    .where(inArray(messages.id, [...ids]));
}
