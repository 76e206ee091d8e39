import type { DeputyMessage } from "#/lib/chat/parts.ts";
import { toMessage } from "#/lib/chat/to-message.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import { findConversation, listMessages, listConversations as listRows } from "#/lib/store/conversations.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";
import { findNewestRun, listRunsOfConversation } from "#/lib/store/runs.ts";

const MOST_CONVERSATIONS = 200;

export type ConversationSummary = { id: string; title: string; updatedAt: string; active: boolean };

/** Newest first, at most 200. */
export async function listConversations(context: Context): Promise<ConversationSummary[]> {
  const rows = await listRows(context.store.db, MOST_CONVERSATIONS);
  return rows.map(({ id, title, updatedAt, active }) => ({
    id,
    title,
    updatedAt: new Date(updatedAt).toISOString(),
    active,
  }));
}

export type ConversationView = { id: string; title: string; messages: DeputyMessage[]; activeRunId: string | null };

/**
 * A conversation as it is shown: each message of the user with the answers of its runs. The answer of the active run is
 * left out: whoever shows the conversation joins that run's stream, which begins at its first event. Null when unknown.
 */
export async function readConversation(context: Context, id: string): Promise<ConversationView | null> {
  const { db } = context.store;
  const conversation = await findConversation(db, id);
  if (conversation === null) return null;
  const [said, runs] = await Promise.all([listMessages(db, id), listRunsOfConversation(db, id)]);
  const active = runs.find((run) => run.status === "active") ?? null;
  const logs = await readEventsOfRuns(
    db,
    runs.filter((run) => run !== active).map((run) => run.id),
  );
  const messages = said.flatMap((message): DeputyMessage[] => {
    const answers = runs.filter((run) => run.messageId === message.id && run !== active);
    const asked: DeputyMessage = { id: message.id, role: "user", parts: [{ type: "text", text: message.text }] };
    return [asked, ...answers.map((run) => toMessage(logs.get(run.id) ?? []))];
  });
  return { id, title: conversation.title, messages, activeRunId: active?.id ?? null };
}

export type Activity = {
  /** Null when the conversation has no run. */
  readonly newestRunId: string | null;
  readonly isActive: boolean;
};

/** The newest run of a conversation, the only one that can be active. Throws `conversation-unknown`. */
export async function findActivity(context: Context, id: string): Promise<Activity> {
  const { db } = context.store;
  const run = await findNewestRun(db, id);
  if (run === null && (await findConversation(db, id)) === null) {
    throw new DeputyError("conversation-unknown", `There is no conversation ${id}. GET /api/conversations lists them.`);
  }
  return { newestRunId: run?.id ?? null, isActive: run?.status === "active" };
}
