import { z } from "zod";
import { now } from "#/lib/clock.ts";
import type { DeputyError } from "#/lib/errors.ts";
import { TaskResult } from "#/lib/protocol/result.ts";
import type { Failure } from "#/lib/protocol/task.ts";
import { changeRun, type RunChange } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { giveBackTask, settleTask } from "#/lib/store/tasks.ts";

/** `lost`: the claim is not current any more, nothing was written, and the worker must forget the task. */
export type Settled = "settled" | "retried" | "lost";

/**
 * Stores what a delegated task brought, once: the first outcome wins. A result over the size limit, or of another form than
 * readers of the log expect (they would wait for the task for ever), fails the task.
 */
export async function completeTask(context: Context, task: ClaimedTask, result: TaskResult): Promise<Settled> {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  const limit = context.env.budgets.resultBytes;
  if (bytes > limit) {
    const message = `The result has ${bytes} bytes; at most ${limit} are kept (setting DEPUTY_MAX_RESULT_BYTES).`;
    return finish(context, task, (change) => fail(context, change, task, { code: "budget-result", message }));
  }
  const fault = TaskResult.safeParse(result).error;
  if (fault !== undefined) {
    const message = `The ${task.agent} agent brought a result that cannot be read: ${z.prettifyError(fault)}`;
    return finish(context, task, (change) => fail(context, change, task, { code: "bad-result", message }));
  }
  return finish(context, task, async (change) => {
    if (!(await settleTask(change.db, { taskId: task.id, claim: task.claim, status: "completed", error: null })))
      return "lost";
    const milliseconds = Math.max(0, now() - Date.parse(task.startedAt ?? task.createdAt));
    change.events.push({ type: "task.completed", taskId: task.id, agent: task.agent, data: { result, milliseconds } });
    await moveGraph(change, context.env.budgets.liveTasks);
    return "settled";
  });
}

/**
 * Records a failed attempt. While attempts are left and another one can help, the task is given back and due after the
 * back-off (or the pause that the other side asked for); otherwise it has failed for good. The failure of the root task is
 * the end of its run.
 */
export async function failTask(
  context: Context,
  task: ClaimedTask,
  error: DeputyError,
  noDelay = false,
): Promise<Settled> {
  const failure: Failure = { code: error.code, message: error.message };
  const canRetry = error.retryable && task.attempt < context.env.budgets.attempts;
  return finish(context, task, async (change) => {
    if (!canRetry) return fail(context, change, task, failure);
    const delayMs = noDelay ? 0 : Math.max(error.retryAfterMs ?? 0, backOffMs(context, task.attempt));
    if (!(await giveBackTask(change.db, { taskId: task.id, claim: task.claim, delayMs, error: failure })))
      return "lost";
    const data = { reason: failure, attempt: task.attempt, delayMs };
    change.events.push({ type: "task.retried", taskId: task.id, agent: task.agent, data });
    return "retried";
  });
}

async function fail(context: Context, change: RunChange, task: ClaimedTask, error: Failure): Promise<Settled> {
  if (!(await settleTask(change.db, { taskId: task.id, claim: task.claim, status: "failed", error }))) return "lost";
  if (task.parentId === null) {
    await closeRun(change, { status: "failed", error });
    return "settled";
  }
  const data = { error, attempts: task.attempt };
  change.events.push({ type: "task.failed", taskId: task.id, agent: task.agent, data });
  await moveGraph(change, context.env.budgets.liveTasks);
  return "settled";
}

async function finish(
  context: Context,
  task: ClaimedTask,
  change: (state: RunChange) => Promise<Settled>,
): Promise<Settled> {
  const done = await changeRun(context, task.runId, change);
  const settled = done?.value ?? "lost";
  if (settled === "lost")
    context.log.info({ task: task.id, claim: task.claim }, "late outcome dropped: the claim is not current");
  return settled;
}

/** Full jitter over the upper half, so that tasks that failed together do not come back together. */
function backOffMs(context: Context, attempt: number): number {
  const { retryMs } = context.env.budgets;
  const base = retryMs[Math.min(attempt, retryMs.length) - 1] ?? 0;
  return Math.round(base * (0.5 + Math.random() / 2));
}
