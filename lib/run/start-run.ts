import { readUserMessage, type UserMessageReading } from "#/lib/actions/user-message.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph, ringOf } from "#/lib/run/move-graph.ts";
import { openRunFor, type UserMessage } from "#/lib/run/open-run.ts";
import { performAction } from "#/lib/run/perform-action.ts";
import { createRoot } from "#/lib/run/root-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { userRunGate } from "#/lib/run/run-gate.ts";

/**
 * A message comes in: conversation, message, run, root task and first events in one transaction, then the bell. The same
 * message id starts no second run: `isNew` is false and the run is the one that answers it already. Throws
 * `conversation-busy` while another message of the conversation is being answered, and `message-taken` when the id belongs
 * to another conversation.
 */
export async function startRun(context: Context, message: UserMessage): Promise<{ runId: string; isNew: boolean }> {
  const opened = await openRunFor(context, message, (change) => begin(context, change, message));
  return { runId: opened.runId, isNew: opened.isNew };
}

function begin(context: Context, change: RunChange, message: UserMessage): void {
  const root = createRoot(change, "pending");
  const { conversationId, messageId, text, retryOf } = message;
  const { offline } = context.env;
  const data = { conversationId, messageId, text, rootTaskId: root.id, offline, ...(retryOf && { retryOf }) };
  change.events.push({ type: "run.started", data });
  const reading = readUserMessage(text, { gate: userRunGate(context.env.budgets.tasks) });
  takeUserBlocks(change, root.id, reading);
  moveGraph(change, context.env.budgets.liveTasks);
  change.rings.push(ringOf(root));
}

/** What the user delegates himself runs as written, before the main agent's first turn, and moves no phase. */
function takeUserBlocks(change: RunChange, rootTaskId: string, message: UserMessageReading): void {
  if (!message.delegates) return;
  const refs = new Map<string, string>();
  let before: string | undefined;
  let number = 0;
  for (const item of message.items) {
    if (item.kind !== "block") continue;
    const block = number;
    number += 1;
    const shared = { turn: 0, block, author: "user" as const, span: item.block.span, text: item.text };
    if (item.block.verdict === "refused") {
      const { code, message: why } = item.block;
      change.events.push({ type: "action.refused", data: { ...shared, code, message: why } });
    } else if (item.block.verdict === "ignored") {
      change.events.push({ type: "action.ignored", data: { ...shared, reason: item.block.reason } });
    } else {
      const { action, normalised } = item.block;
      change.events.push({ type: "action.accepted", data: { ...shared, normalised, action } });
      const acceptedSeq = change.nextSeq - 1;
      performAction(change, { rootTaskId, author: "user", turn: 0, block, action, refs, before, acceptedSeq });
      if (action.kind === "delegate") before = action.id;
    }
  }
}
