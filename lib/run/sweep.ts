import { now, SECOND } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph, ringOf } from "#/lib/run/move-graph.ts";
import { giveBackOrphans, releaseWorker } from "#/lib/run/release-worker.ts";
import { failTask } from "#/lib/run/settle-task.ts";
import { listOverdueRuns } from "#/lib/store/runs.ts";
import { listForgottenParents, listOverdueTasks, listUnrungTasks, markRung, type Task } from "#/lib/store/tasks.ts";
import { listSilentWorkers } from "#/lib/store/workers.ts";
import { announceCancel } from "#/lib/stream/announce.ts";
import { countEntries, ring } from "#/lib/stream/ring.ts";

/** How long a worker may stay silent before its tasks are given to others. */
export const LEASE_MS = 5 * SECOND;

/** A worker stops a task at its deadline; this long after it, the task is taken away. */
const DEADLINE_GRACE_MS = 10 * SECOND;

/** A task that was rung this long ago and not claimed is rung again when Redis holds no entry of its kind. */
const QUIET_MS = 2 * SECOND;

/** ... and in any case after this long: a second entry is harmless, a lost one is not. */
const SILENT_MS = 60 * SECOND;

/**
 * The reconciler: brings Redis and the workers in line with what Postgres says. Every worker process runs it every second;
 * each step may be repeated, may run in several processes at once, and may be cut off anywhere.
 */
export async function sweep(context: Context): Promise<void> {
  for (const worker of await listSilentWorkers(context.store.db, LEASE_MS)) await releaseWorker(context, worker.id);
  await giveBackOrphans(context);
  await failOverdueTasks(context);
  await failOverdueRuns(context);
  await wakeForgottenParents(context);
  await ringUnheardTasks(context);
}

async function failOverdueTasks(context: Context): Promise<void> {
  for (const task of await listOverdueTasks(context.store.db, DEADLINE_GRACE_MS)) {
    const error = new DeputyError("task-timeout", "The task was past its deadline and its worker did not stop it.");
    await failTask(context, { ...task, workerId: task.workerId ?? "" }, error);
  }
}

async function failOverdueRuns(context: Context): Promise<void> {
  for (const { id } of await listOverdueRuns(context.store.db)) {
    const minutes = context.env.budgets.runMs / 60_000;
    const message = `The run took longer than ${minutes} minutes (setting DEPUTY_RUN_MINUTES). What was found so far stands above.`;
    const error = { code: "budget-time", message };
    if (await changeRun(context, id, (change) => closeRun(change, { status: "failed", error }))) {
      announceCancel(context.doorbell, id);
    }
  }
}

async function wakeForgottenParents(context: Context): Promise<void> {
  for (const task of await listForgottenParents(context.store.db)) {
    await changeRun(context, task.runId, (change) => moveGraph(change, context.env.budgets.liveTasks));
  }
}

async function ringUnheardTasks(context: Context): Promise<void> {
  const unheard: Task[] = [];
  const known = new Map<string, boolean>();
  for (const task of await listUnrungTasks(context.store.db, QUIET_MS)) {
    const kind = `${task.agent} ${task.priority}`;
    if (!known.has(kind)) known.set(kind, ((await countEntries(context.doorbell, task.agent, task.priority)) ?? 0) > 0);
    const isLongAgo = task.rungAt !== null && Date.parse(task.rungAt) < now() - SILENT_MS;
    if (task.rungAt === null || !known.get(kind) || isLongAgo) unheard.push(task);
  }
  if (unheard.length === 0) return;
  await markRung(
    context.store.db,
    unheard.map((task) => task.id),
  );
  await ring(context.doorbell, unheard.map(ringOf));
}
