import { DeputyError } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import { failTask } from "#/lib/run/settle-task.ts";
import { listOrphanedTasks } from "#/lib/store/tasks.ts";
import { removeWorker } from "#/lib/store/workers.ts";

/**
 * The worker is gone: takes its lease away, so that nothing can be claimed in its name, and gives back what it held.
 * Called by the supervisor that saw its process exit, and by the reconciler when its lease ran out. Harmless when repeated.
 */
export async function releaseWorker(context: Context, workerId: string): Promise<void> {
  await removeWorker(context.store.db, workerId);
  await giveBackOrphans(context);
}

/** Tasks in progress without a registered worker: a crash between the two steps above leaves them to the next call. */
export async function giveBackOrphans(context: Context): Promise<number> {
  const orphans = await listOrphanedTasks(context.store.db);
  for (const task of orphans) {
    const message = "The worker process that ran this task stopped.";
    const error = new DeputyError("worker-lost", message, { retryable: true });
    await failTask(context, { ...task, workerId: task.workerId ?? "" }, error, task.attempt === 1);
  }
  return orphans.length;
}
