import type { Context } from "#/lib/run/context.ts";
import { moveGraph, ringOf } from "#/lib/run/move-graph.ts";
import { openRunFor, type UserMessage } from "#/lib/run/open-run.ts";
import { performAction } from "#/lib/run/perform-action.ts";
import { type ReadMessage, readMessage } from "#/lib/run/read-message.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import { createRoot } from "#/lib/run/root-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/**
 * A message comes in: conversation, message, run, root task and first events in one transaction, then the bell. The same
 * message id starts no second run: `isNew` is false and the run is the one that answers it already. Throws
 * `conversation-busy` while another message of the conversation is being answered, and `message-taken` when the id belongs
 * to another conversation.
 */
export async function startRun(context: Context, message: UserMessage): Promise<{ runId: string; isNew: boolean }> {
  const [read, registry] = await Promise.all([readMessage(context, message.text), context.registry.read()]);
  const opened = await openRunFor(context, message, (change) => begin(context, change, message, read, registry));
  return { runId: opened.runId, isNew: opened.isNew };
}

function begin(
  context: Context,
  change: RunChange,
  message: UserMessage,
  read: ReadMessage,
  registry: readonly RegisteredAgent[],
): void {
  const root = createRoot(change, "pending");
  const { conversationId, messageId, text, retryOf } = message;
  const { offline } = context.env;
  const data = { conversationId, messageId, text, rootTaskId: root.id, offline, ...(retryOf && { retryOf }) };
  change.events.push({ type: "run.started", data });
  takeUserBlocks(change, root.id, read, registry);
  moveGraph(change, context.env.budgets.liveTasks);
  change.rings.push(ringOf(root));
}

/** What the user delegates himself runs as written, before the main agent's first turn, and moves no phase. */
function takeUserBlocks(
  change: RunChange,
  rootTaskId: string,
  { blocks }: ReadMessage,
  registry: readonly RegisteredAgent[],
): void {
  const refs = new Map<string, string>();
  let before: string | undefined;
  for (const [number, { block, text, more }] of blocks.entries()) {
    const shared = { turn: 0, block: number, author: "user" as const, span: block.span, text };
    if (block.verdict === "refused") {
      const { code, message } = block;
      change.events.push({ type: "action.refused", data: { ...shared, code, message } });
    } else if (block.verdict === "ignored") {
      change.events.push({ type: "action.ignored", data: { ...shared, reason: block.reason } });
    } else {
      const { action, normalised } = block;
      change.events.push({ type: "action.accepted", data: { ...shared, normalised, action } });
      const by = { rootTaskId, author: "user", turn: 0, refs, before, registry } as const;
      performAction(change, { ...by, block: number, action, more, acceptedSeq: change.nextSeq - 1 });
      if (action.kind === "delegate") before = action.id;
    }
  }
}
