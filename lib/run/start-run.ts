import { v7 as uuid } from "uuid";
import { readUserMessage, type UserMessageReading } from "#/lib/actions/user-message.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { changeOpenedRun, type RunChange } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { hashOf } from "#/lib/run/create-task.ts";
import { moveGraph, ringOf } from "#/lib/run/move-graph.ts";
import { performAction } from "#/lib/run/perform-action.ts";
import { userRunGate } from "#/lib/run/run-gate.ts";
import { findMessage, insertMessage, touchConversation } from "#/lib/store/conversations.ts";
import type { Db } from "#/lib/store/db.ts";
import { findActiveRun, findRunOfMessage, insertRun, lockRun, type Run } from "#/lib/store/runs.ts";
import { findRootTask, insertTask, markDispatched } from "#/lib/store/tasks.ts";

export type UserMessage = {
  readonly conversationId: string;
  readonly messageId: string;
  readonly text: string;
  /** Try again: another run for a message whose last run has ended. */
  readonly again: boolean;
};

const TITLE_UNITS = 80;

/** The root task's reference; no delegation can have it. */
const ROOT_REF = "@main";

const rootSpec: TaskSpec = {
  ref: ROOT_REF,
  agent: "main",
  task: "",
  author: "main",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
};

/**
 * A message comes in: conversation, message, run, root task and first events in one transaction, then the bell. The same
 * message id starts no second run: `isNew` is false and the run is the one that answers it already. Throws
 * `conversation-busy` while another message of the conversation is being answered, and `message-taken` when the id belongs
 * to another conversation.
 */
export async function startRun(context: Context, message: UserMessage): Promise<{ runId: string; isNew: boolean }> {
  const runId = uuid();
  let known: Run | null = null;
  const started = await changeOpenedRun(
    context,
    async (db) => {
      known = await enterMessage(db, message);
      if (known !== null && (known.status === "active" || !message.again)) return null;
      await refuseWhenBusy(db, message.conversationId);
      const { conversationId, messageId } = message;
      const trial = (known?.trial ?? 0) + 1;
      await insertRun(db, { id: runId, conversationId, messageId, trial, deadlineMs: context.env.budgets.runMs });
      return lockRun(db, runId);
    },
    (change) => begin(context, change, message),
  );
  if (started !== null) return { runId, isNew: true };
  return { runId: (known as Run | null)?.id ?? runId, isNew: false };
}

/** Returns the newest run of the message, null when it is new. */
async function enterMessage(db: Db, message: UserMessage): Promise<Run | null> {
  await touchConversation(db, message.conversationId, titleOf(message.text));
  const { messageId, conversationId, text } = message;
  if (await insertMessage(db, { id: messageId, conversationId, text })) return null;
  const entered = await findMessage(db, messageId);
  if (entered?.conversationId !== conversationId) {
    throw new DeputyError(
      "message-taken",
      `The message id ${messageId} belongs to another conversation; send a new id.`,
    );
  }
  return findRunOfMessage(db, messageId);
}

async function refuseWhenBusy(db: Db, conversationId: string): Promise<void> {
  const busy = await findActiveRun(db, conversationId);
  if (busy === null) return;
  throw new DeputyError(
    "conversation-busy",
    `Run ${busy.id} of this conversation is under way. Wait for it, or stop it: POST /api/runs/${busy.id}/cancel.`,
  );
}

async function begin(context: Context, change: RunChange, message: UserMessage): Promise<void> {
  const { run, db } = change;
  const rootTaskId = uuid();
  const hash = hashOf(rootSpec);
  await insertTask(db, {
    id: rootTaskId,
    runId: run.id,
    parentId: null,
    turn: null,
    block: null,
    spec: rootSpec,
    hash,
    dependsOn: [],
  });
  await markDispatched(db, [rootTaskId]);
  const { conversationId, messageId, text } = message;
  const { offline } = context.env;
  change.events.push({ type: "run.started", data: { conversationId, messageId, text, rootTaskId, offline } });
  const reading = readUserMessage(text, { gate: userRunGate(context.env.budgets.tasks) });
  await takeUserBlocks(change, rootTaskId, reading);
  await moveGraph(change, context.env.budgets.liveTasks);
  const root = await findRootTask(db, run.id);
  if (root !== null) change.rings.push(ringOf(root));
}

/** What the user delegates himself runs as written, before the main agent's first turn, and moves no phase. */
async function takeUserBlocks(change: RunChange, rootTaskId: string, message: UserMessageReading): Promise<void> {
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
      await performAction(change, { rootTaskId, author: "user", turn: 0, block, action, refs, before });
      if (action.kind === "delegate") before = action.id;
    }
  }
}

function titleOf(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  if (line.length <= TITLE_UNITS) return line;
  const whole = line.slice(0, TITLE_UNITS - 1).replace(/[\ud800-\udbff]$/, "");
  return `${whole.trimEnd()}…`;
}
