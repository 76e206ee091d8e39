import { changeRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { claimTask as claimRow, findTask } from "#/lib/store/tasks.ts";

/**
 * Takes the task for a worker, or returns null when there is nothing to take: no such row, another hash, not due, already
 * taken, the run has ended, or the worker's lease is gone. The entry may be acked in either case: from here on the record
 * knows who owns the task, and a dead owner's tasks are given back.
 */
export async function claimTask(
  context: Context,
  wanted: { taskId: string; hash: string; workerId: string; timeoutMs: number },
): Promise<ClaimedTask | null> {
  const known = isUuid(wanted.taskId) ? await findTask(context.store.db, wanted.taskId) : null;
  if (known === null || known.status !== "pending") return null;
  const done = await changeRun(context, known.runId, async (change) => {
    const task = await claimRow(change.db, wanted);
    if (task === null) return null;
    const { workerId } = wanted;
    const data = { claim: task.claim, attempt: task.attempt, workerId };
    change.events.push({ type: "task.claimed", taskId: task.id, agent: task.agent, data });
    return { ...task, workerId };
  });
  return done?.value ?? null;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
