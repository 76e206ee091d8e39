import { hasOpen, nextOf } from "#/lib/graph/ready.ts";
import type { RunChange } from "#/lib/run/change-run.ts";
import { cancelSubtree, listTasks, markDispatched, type Task, wakeTask } from "#/lib/store/tasks.ts";
import type { Ring } from "#/lib/stream/ring.ts";

/**
 * Lets the run's graph take the steps that are due after a task was created or settled: dispatches what is ready, cancels
 * what can never start, and wakes the parent whose children have all settled.
 */
export async function moveGraph(change: RunChange, liveLimit: number): Promise<void> {
  const all = await listTasks(change.db, change.run.id);
  const children = all.filter((task) => task.parentId !== null);
  const { dispatch, cancel } = nextOf(children.map(nodeOf), liveLimit);
  const byId = new Map(children.map((task) => [task.id, task]));

  for (const { id, because } of cancel) {
    await cancelSubtree(change.db, id);
    const reason = `It depends on ${byId.get(because)?.ref ?? because}, which did not succeed.`;
    change.events.push({ type: "task.cancelled", taskId: id, agent: byId.get(id)?.agent, data: { reason } });
  }
  await markDispatched(change.db, dispatch);
  for (const id of dispatch) {
    const task = byId.get(id);
    if (!task) continue;
    change.events.push({ type: "task.dispatched", taskId: id, agent: task.agent, data: {} });
    change.rings.push(ringOf(task));
  }
  const cancelled = new Set(cancel.map(({ id }) => id));
  await wakeParents(change, all, cancelled);
}

async function wakeParents(change: RunChange, all: readonly Task[], cancelled: ReadonlySet<string>): Promise<void> {
  for (const parent of all) {
    if (parent.status !== "waiting") continue;
    const children = all.filter((task) => task.parentId === parent.id && !cancelled.has(task.id));
    if (!hasOpen(children) && (await wakeTask(change.db, parent.id))) change.rings.push(ringOf(parent));
  }
}

export function ringOf(task: Pick<Task, "id" | "hash" | "agent" | "priority">): Ring {
  return { taskId: task.id, hash: task.hash, agent: task.agent, priority: task.priority };
}

function nodeOf(task: Task) {
  return { ...task, dispatched: task.dispatchedAt !== null };
}
