import { z } from "zod";
import { now } from "#/lib/clock.ts";
import type { DeputyError } from "#/lib/errors.ts";
import { TaskResult } from "#/lib/protocol/result.ts";
import type { DeadReason, Failure } from "#/lib/protocol/task.ts";
import { announceClaim, type Claim, changeRun, holdsClaim } from "#/lib/run/change-run.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph, ringOf } from "#/lib/run/move-graph.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import type { TaskState } from "#/lib/store/run-state.ts";

/** `lost`: the claim is not current any more, nothing was written, and the worker must forget the task. */
export type Settled = "settled" | "retried" | "lost";

/**
 * Stores what a delegated task brought, once: the first outcome wins. A result over the size limit, or of another form than
 * readers of the log expect (they would wait for the task for ever), fails the task. `also` joins its change. `begunAt`: when
 * work on it began, where that was before its last claim.
 */
export function completeTask(
  context: Context,
  held: Claim & { readonly begunAt?: string | null },
  result: TaskResult,
  also: (change: RunChange) => void = () => {},
): Promise<Settled> {
  const fault = faultOf(result, context.env.budgets.resultBytes);
  return finish(context, held, (change, task) => {
    if (fault !== null) return fail(context, change, task, fault, "final");
    const begunAt = held.begunAt ?? task.startedAt ?? task.createdAt;
    const milliseconds = Math.max(0, now() - Date.parse(begunAt));
    also(change);
    change.setTask(task.id, { status: "completed", error: null, settledSeq: change.nextSeq });
    change.events.push({ type: "task.completed", taskId: task.id, agent: task.agent, data: { result, milliseconds } });
    moveGraph(change, context.env.budgets.liveTasks);
    return "settled";
  });
}

/**
 * Records a failed attempt. While attempts are left and another one can help, the task is given back and due after the
 * back-off (or the pause that the other side asked for); otherwise it is a dead letter, which only a person tries again. The
 * failure of the root task is the end of its run.
 */
export function failTask(
  context: Context,
  held: Claim,
  error: DeputyError,
  { noDelay = false, also = () => {} }: { noDelay?: boolean; also?: (change: RunChange) => void } = {},
): Promise<Settled> {
  const failure: Failure = { code: error.code, message: error.message };
  return finish(context, held, (change, task) => {
    also(change);
    if (!error.retryable) return fail(context, change, task, failure, "final");
    const wasTried = !notTried.includes(error.code);
    if (wasTried && task.attempt >= (task.mostAttempts ?? context.env.budgets.attempts)) {
      return fail(context, change, task, failure, error.code === "worker-lost" ? "poison" : "attempts");
    }
    const delayMs = noDelay ? 0 : Math.max(error.retryAfterMs ?? 0, backOffMs(context, task.attempt));
    giveBack(change, task, failure, delayMs, wasTried ? task.attempt : task.attempt - 1);
    const data = { reason: failure, attempt: task.attempt, delayMs };
    change.events.push({ type: "task.retried", taskId: task.id, agent: task.agent, data });
    return "retried";
  });
}

/** An open breaker let nothing through: that was no attempt. */
const notTried = ["agent-unavailable", "model-left-alone"];

/** Pending again, for another attempt after `delayMs`. */
function giveBack(change: RunChange, task: TaskState, error: Failure, delayMs: number, attempt: number): void {
  const isNow = delayMs === 0 && !change.run.paused;
  change.setTask(task.id, { status: "pending", workerId: null, attempt, error }, { dueInMs: delayMs, rung: isNow });
  if (isNow) change.rings.push(ringOf(task));
}

function fail(context: Context, change: RunChange, task: TaskState, error: Failure, dead: DeadReason): Settled {
  const isRoot = task.parentId === null;
  // A vote or a bid that failed is counted by its group: there is nothing left that a person could try again.
  const letter = isRoot || task.part === "vote" || task.part === "bid" ? null : dead;
  change.setTask(task.id, { status: "failed", error, dead: letter, settledSeq: change.nextSeq });
  if (isRoot) {
    closeRun(change, { status: "failed", error });
    return "settled";
  }
  const data = { error, attempts: task.attempt, ...(letter !== null && { dead: letter }) };
  change.events.push({ type: "task.failed", taskId: task.id, agent: task.agent, data });
  moveGraph(change, context.env.budgets.liveTasks);
  return "settled";
}

async function finish(
  context: Context,
  held: Claim,
  settle: (change: RunChange, task: TaskState) => Settled,
): Promise<Settled> {
  const done = await changeRun(context, held.runId, (change) => {
    const task = change.task(held.id);
    if (task === undefined || !holdsClaim(change, held)) return "lost";
    announceClaim(change, task.id);
    return settle(change, task);
  });
  const settled = done?.value ?? "lost";
  if (settled === "lost")
    context.log.info({ task: held.id, claim: held.claim }, "late outcome dropped: the claim is not current");
  return settled;
}

function faultOf(result: TaskResult, limit: number): Failure | null {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > limit) {
    const message = `The result has ${bytes} bytes; at most ${limit} are kept (setting DEPUTY_MAX_RESULT_BYTES).`;
    return { code: "budget-result", message };
  }
  const fault = TaskResult.safeParse(result).error;
  if (fault === undefined) return null;
  return { code: "bad-result", message: `The agent brought a result that cannot be read: ${z.prettifyError(fault)}` };
}

/** Full jitter over the upper half, so that tasks that failed together do not come back together. */
function backOffMs(context: Context, attempt: number): number {
  const { retryMs } = context.env.budgets;
  const base = retryMs[Math.min(attempt, retryMs.length) - 1] ?? 0;
  return Math.round(base * (0.5 + Math.random() / 2));
}
