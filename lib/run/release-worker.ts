import { SECOND } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import { forEachAlone } from "#/lib/run/for-each-alone.ts";
import { failTask } from "#/lib/run/settle-task.ts";
import { listOrphanedTasks, listTasksOfWorker } from "#/lib/store/stray-tasks.ts";
import type { Task } from "#/lib/store/tasks.ts";
import { listSilentWorkers, removeWorker } from "#/lib/store/workers.ts";
import { rescueFrom } from "#/lib/stream/pending.ts";

/** Longer than it takes from the claim's commit, over the ack of a Redis that is away, until the worker has the task. */
const TAKING_MS = 10 * SECOND;

/** Four times a second somebody judges; this long after the last time, he was kept from it. */
const LATE_MS = 0.6 * SECOND;

/**
 * The worker is gone: takes its lease away, so that nothing can be claimed in its name, and gives back what it held.
 * Called by the supervisor that saw its process exit, and by the reconciler when its lease ran out. Harmless when repeated.
 */
export async function releaseWorker(context: Context, workerId: string): Promise<void> {
  await removeWorker(context.store.db, workerId);
  await giveBackOrphans(context);
  await rescueFrom(context.doorbell, [workerId]);
}

/**
 * Workers that have been silent for longer than a lease lasts lose it, and others take over at once. `sinceLastMs`: the time
 * since the caller judged last; one that comes late itself is on a machine that starves, and judges nobody this time.
 */
export async function releaseSilentWorkers(context: Context, sinceLastMs = 0): Promise<void> {
  if (sinceLastMs > LATE_MS) return;
  const silent = await listSilentWorkers(context.store.db, context.env.leaseMs);
  await forEachAlone(context, silent, ({ id }) => releaseWorker(context, id));
}

/** Tasks in progress without a registered worker: a crash between the two steps above leaves them to the next call. */
export async function giveBackOrphans(context: Context): Promise<number> {
  const orphans = await listOrphanedTasks(context.store.db);
  await forEachAlone(context, orphans, (task) =>
    giveBack(context, task, "The worker process that ran this task stopped."),
  );
  return orphans.length;
}

/**
 * Tasks that stand in a living worker's name and are not in its hands: their claim was committed and it never heard so, their
 * outcome could not be written, or an earlier process of the same name held them. `held` is what it knows of.
 */
export async function giveBackForgotten(
  context: Context,
  workerId: string,
  held: () => readonly { taskId: string; claim: number }[],
): Promise<void> {
  const named = await listTasksOfWorker(context.store.db, workerId, TAKING_MS);
  // Asked now: while the answer was under way, what it names may have been begun.
  const now = held();
  const isHeld = (task: Task) => now.some(({ taskId, claim }) => taskId === task.id && claim === task.claim);
  const forgotten = named.filter((task) => !isHeld(task));
  await forEachAlone(context, forgotten, (task) =>
    giveBack(context, task, "The worker that ran this task lost hold of it."),
  );
}

function giveBack(context: Context, task: Task, message: string) {
  const error = new DeputyError("worker-lost", message, { retryable: true });
  return failTask(context, task, error, { noDelay: task.attempt === 1 });
}
