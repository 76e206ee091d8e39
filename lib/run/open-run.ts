import { v7 as uuid } from "uuid";
import { now } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import { RunChange } from "#/lib/run/run-change.ts";
import { openRun } from "#/lib/store/open-run.ts";
import type { Changes } from "#/lib/store/save-runs.ts";
import { announceGrowth } from "#/lib/stream/announce.ts";
import { ring } from "#/lib/stream/ring.ts";

export type UserMessage = {
  readonly conversationId: string;
  readonly messageId: string;
  readonly text: string;
  /** Try again: another run for a message whose last run has ended. */
  readonly again: boolean;
  /** The dead letter that this message tries again. */
  readonly retryOf?: { readonly runId: string; readonly taskId: string };
};

const TITLE_UNITS = 80;

/**
 * Opens a run for a message, as `startRun` promises it; `begin` puts in its first tasks and events. `program`: no main agent
 * is to answer, a program adds tasks until it closes the run.
 */
export async function openRunFor(
  context: Context,
  message: UserMessage,
  begin: (change: RunChange) => void,
  program = false,
): Promise<{ runId: string; isNew: boolean }> {
  const runId = uuid();
  const title = titleOf(message.text);
  let outcome: { runId: string; isNew: boolean; change: RunChange | null } = { runId, isNew: false, change: null };
  const entered = { id: message.messageId, conversationId: message.conversationId, text: message.text, title };
  await openRun(context.store, entered, (entrance) => {
    refuseForeignMessage(message, entrance.conversationOfMessage);
    const { known } = entrance;
    if (known !== null && (known.status === "active" || !message.again)) {
      outcome = { runId: known.id, isNew: false, change: null };
      return null;
    }
    refuseWhenBusy(entrance.busy);
    const change = emptyRun(runId, message, program, entrance.agentTypes);
    begin(change);
    outcome = { runId, isNew: true, change };
    const trial = (known?.trial ?? 0) + 1;
    const run = { id: runId, trial, deadlineMs: context.env.budgets.runMs, program: program ? "open" : null };
    return { run, changes: changesOf(change) };
  });
  const { change } = outcome;
  if (change !== null) {
    announceGrowth(context.doorbell, new Map([[runId, change.events.length]]));
    void ring(context.doorbell, change.rings);
  }
  return { runId: outcome.runId, isNew: outcome.isNew };
}

function refuseForeignMessage(message: UserMessage, conversationId: string): void {
  if (conversationId === message.conversationId) return;
  throw new DeputyError(
    "message-taken",
    `The message id ${message.messageId} belongs to another conversation; send a new id.`,
  );
}

function refuseWhenBusy(busy: { readonly id: string } | null): void {
  if (busy === null) return;
  throw new DeputyError(
    "conversation-busy",
    `Run ${busy.id} of this conversation is under way. Wait for it, or stop it: POST /api/runs/${busy.id}/cancel.`,
  );
}

function emptyRun(id: string, message: UserMessage, program: boolean, agentTypes: ReadonlySet<string>): RunChange {
  const { conversationId, messageId } = message;
  const run = {
    id,
    conversationId,
    messageId,
    status: "active",
    phase: "PLANNING",
    lastSeq: 0,
    taskCount: 0,
    version: 0,
    program: program ? "open" : null,
    paused: false,
    error: null,
    createdAt: new Date(now()).toISOString(),
  } as const;
  const snapshot = { runs: new Map(), agentTypes };
  return new RunChange(snapshot, { run, tasks: [] });
}

function changesOf(change: RunChange): Changes {
  const { after, created } = change.result();
  const events = change.events.map((event, index) => ({ ...event, runId: after.run.id, seq: index + 1 }));
  return { runs: [{ run: after.run }], created, changed: [], events };
}

function titleOf(text: string): string {
  const line = (firstTaskOf(text) ?? text).trim().replace(/\s+/g, " ");
  if (line.length <= TITLE_UNITS) return line;
  const whole = line.slice(0, TITLE_UNITS - 1).replace(/[\ud800-\udbff]$/, "");
  return `${whole.trimEnd()}…`;
}

/** Of a message that begins with a block: as they begin, all such messages are alike. */
function firstTaskOf(text: string): string | null {
  return /^\s*ACTION:/.test(text) ? (/^TASK:[ \t]*(\S.*)$/m.exec(text)?.[1] ?? null) : null;
}
