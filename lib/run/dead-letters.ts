import { writeAction } from "#/lib/actions/write-action.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Mode } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { DeadReason, Failure, TaskSpec } from "#/lib/protocol/task.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph, reopenTask } from "#/lib/run/move-graph.ts";
import { startRun } from "#/lib/run/start-run.ts";
import { clearDead, type DeadRow, findDeadTask, listDeadTasks } from "#/lib/store/dead-letters.ts";
import { readEvents } from "#/lib/store/events.ts";
import { isUuid } from "#/lib/store/uuid.ts";

/** A task that failed for good, until a person tries it again or drops it. */
export type DeadLetter = {
  readonly taskId: string;
  readonly runId: string;
  readonly conversationId: string;
  readonly ref: string;
  readonly agent: AgentName;
  readonly reason: DeadReason;
  readonly error: Failure | null;
  readonly attempts: number;
  /** ISO 8601. */
  readonly failedAt: string;
  /** The message that the run answers. */
  readonly message: string;
};

/** With the payload, and everything that the log says of the task. */
export type DeadLetterInFull = DeadLetter & {
  readonly payload: TaskSpec | null;
  readonly history: readonly RunEvent[];
};

export type Retried = {
  /** `reopened`: the same task goes on in its run. `started`: its run has ended, so a new run of the conversation does it. */
  readonly how: "reopened" | "started";
  readonly runId: string;
};

/** Newest first. */
export async function listDeadLetters(context: Context, limit: number): Promise<DeadLetter[]> {
  return (await listDeadTasks(context.store.db, limit)).map(letterOf);
}

/** Throws `dead-letter-unknown`. */
export async function readDeadLetter(context: Context, taskId: string): Promise<DeadLetterInFull> {
  return (await readLetter(context, taskId)).letter;
}

/** The letter, and the ids of all tasks of its run. */
async function readLetter(context: Context, taskId: string): Promise<{ letter: DeadLetterInFull; known: string[] }> {
  const row = await findRow(context, taskId);
  const events = await readEvents(context.store.db, row.task.runId);
  const history = events.filter((event) => event.taskId === taskId);
  const payload = history.reduce<TaskSpec | null>(
    (words, { type, data }) => (type === "task.created" || type === "task.changed" ? data : words),
    null,
  );
  const known = events.flatMap(({ type, taskId: id }) => (type === "task.created" && id !== undefined ? [id] : []));
  return { letter: { ...letterOf(row), payload, history }, known };
}

/**
 * Tries it again. While its run is under way, the task itself is opened again and its attempts count anew; when the run has
 * ended, a new run of the same conversation begins with the same delegation, under an id made from the task's: asked for
 * twice, it begins once. What happened before stays as it was. Throws `dead-letter-unknown` and `conversation-busy`.
 */
export async function retryDeadLetter(context: Context, taskId: string): Promise<Retried> {
  const { letter, known } = await readLetter(context, taskId);
  if (await reopen(context, letter, known)) return { how: "reopened", runId: letter.runId };
  const { runId, conversationId, payload } = letter;
  if (payload === null || payload.agent === "main") throw unknown(taskId);
  const agentType = payload.routing?.choice ?? payload.agent;
  const text = writeAction({ kind: "delegate", ...delegationOf(payload), agentType });
  const message = { conversationId, messageId: `retry-${taskId}`, text, again: true, retryOf: { runId, taskId } };
  const started = await startRun(context, message);
  // A crash before this line leaves the letter; trying it again then joins the run.
  await clearDead(context.store.db, [taskId]);
  return { how: "started", runId: started.runId };
}

/** The task stays failed and nobody is asked about it any more. Throws `dead-letter-unknown`. */
export async function dropDeadLetter(context: Context, taskId: string): Promise<void> {
  if (!(isUuid(taskId) && (await clearDead(context.store.db, [taskId])))) throw unknown(taskId);
}

/**
 * False when the run has ended. A group begins anew, with tasks of its own that are new: those that it had before are nobody's
 * letters any more. `known`: all tasks of the run, for what a settled one means to another must be seen here.
 */
async function reopen(context: Context, letter: DeadLetter, known: readonly string[]): Promise<boolean> {
  const done = await changeRun(
    context,
    letter.runId,
    (change) => {
      const task = change.task(letter.taskId);
      // Dropped since it was read; what somebody else has opened meanwhile is open.
      if (task === undefined || (task.status === "failed" && task.dead === null)) throw unknown(letter.taskId);
      if (task.dead === null) return;
      // Its end would cancel the task: nobody waits for one any more in these phases.
      if (isFinishing(change.run.phase)) throw finishing(letter.runId);
      const group = task.part === null ? undefined : change.task(task.parentId ?? "");
      if (task.part !== null && group?.status !== "waiting") throw groupSettled(letter.ref);
      reopenTask(change, task.id);
      for (const { id, ref, dead } of change.tasks()) {
        if (dead !== null && ref.startsWith(`${task.ref}.`)) change.setTask(id, { dead: null });
      }
      const data = { by: "user", attempts: task.attempt } as const;
      change.events.push({ type: "task.reopened", taskId: task.id, agent: task.agent, data });
      moveGraph(change, context.env.budgets.liveTasks);
    },
    { tasks: known },
  );
  return done !== null;
}

const isFinishing = (phase: Phase) => phase === "VERIFYING" || phase === "LEARNING";

function groupSettled(ref: string): DeputyError {
  const group = ref.slice(0, ref.lastIndexOf("."));
  const message = `The task ${group}, which ${ref} is a part of, has settled. Try ${group} again instead.`;
  return new DeputyError("conversation-busy", message);
}

function finishing(runId: string): DeputyError {
  const message = `Run ${runId} is writing its answer. Try the task again when the run has ended.`;
  return new DeputyError("conversation-busy", message);
}

/** What the task depended on, and what it was a part of, stays behind in its own run. */
function delegationOf({ ref, task, mode, priority, strict, ...options }: TaskSpec) {
  const { complexity, timeoutMs, input, voters, minAgreement, aggregate } = options;
  const id = ref.replaceAll(".", "-").slice(-MOST_ID_UNITS);
  const alone: Mode = mode === "sequential" ? "parallel" : mode;
  const given = { complexity, timeoutMs, input, voters, minAgreement, aggregate };
  return { id, task, dependsOn: [] as string[], mode: alone, priority, strict, ...given };
}

/** No ID of a block is longer. */
const MOST_ID_UNITS = 40;

async function findRow(context: Context, taskId: string): Promise<DeadRow> {
  const row = isUuid(taskId) ? await findDeadTask(context.store.db, taskId) : null;
  if (row === null) throw unknown(taskId);
  return row;
}

function letterOf({ task, conversationId, message }: DeadRow): DeadLetter {
  return {
    taskId: task.id,
    runId: task.runId,
    conversationId,
    ref: task.ref,
    agent: task.agent,
    reason: task.dead ?? "final",
    error: task.error,
    attempts: task.attempt,
    failedAt: new Date(task.settledAt ?? task.createdAt).toISOString(),
    message,
  };
}

function unknown(taskId: string): DeputyError {
  return new DeputyError(
    "dead-letter-unknown",
    `There is no dead letter ${taskId}. \`deputy dead-letters list\` shows those that there are.`,
  );
}
