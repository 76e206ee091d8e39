import { asc, desc, eq, inArray } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { conversations, events, messages, runs, tasks } from "#/lib/store/schema.ts";
import { isStorable } from "#/lib/store/storable.ts";

export type Conversation = typeof conversations.$inferSelect;
export type Message = typeof messages.$inferSelect;

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

/** With all its messages and runs, and all that belongs to them. */
export async function deleteConversation(db: Db, id: string): Promise<void> {
  await db.transaction(async (change) => {
    const owned = change.select({ id: runs.id }).from(runs).where(eq(runs.conversationId, id));
    await owned.for("update");
    await change.delete(events).where(inArray(events.runId, owned));
    await change.delete(tasks).where(inArray(tasks.runId, owned));
    await change.delete(conversations).where(eq(conversations.id, id));
  });
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
