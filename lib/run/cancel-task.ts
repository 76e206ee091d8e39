import { DeputyError } from "#/lib/errors.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import { cancelSubtree } from "#/lib/run/cancel-subtree.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { isOpen } from "#/lib/store/run-state.ts";
import { findTask } from "#/lib/store/tasks.ts";
import { isUuid } from "#/lib/store/uuid.ts";
import { announceCancel } from "#/lib/stream/announce.ts";

/**
 * Cancels one delegated task with everything below it; what depends on it does not run when it was strict, and the run goes
 * on without it. Returns the task's status afterwards; harmless when it has settled. Throws `task-unknown`. The root task is
 * the run: cancel that instead.
 */
export async function cancelTask(
  context: Context,
  taskId: string,
  by: { by: "user" | "system"; reason: string },
): Promise<TaskStatus> {
  const known = isUuid(taskId) ? await findTask(context.store.db, taskId) : null;
  if (known === null || known.parentId === null) {
    throw new DeputyError("task-unknown", `There is no task ${taskId} that could be cancelled alone.`);
  }
  const done = await changeRun(
    context,
    known.runId,
    (change) => {
      const task = change.task(taskId);
      if (task === undefined || !isOpen(task.status)) return task?.status ?? known.status;
      cancelSubtree(change, taskId, by.reason);
      moveGraph(change, context.env.budgets.liveTasks);
      return "cancelled" as const;
    },
    { tasks: [taskId] },
  );
  if (done?.value === "cancelled") announceCancel(context.doorbell, known.runId);
  return done?.value ?? known.status;
}
