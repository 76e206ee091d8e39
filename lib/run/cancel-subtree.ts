import { announceClaim } from "#/lib/run/change-run.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import type { TaskState } from "#/lib/store/run-state.ts";

/** Cancels whatever is open in the subtree, its root included, with one event for each delegated task. */
export function cancelSubtree(change: RunChange, rootTaskId: string, reason: string): void {
  for (const task of openSubtree(change.openTasks(), rootTaskId)) {
    announceClaim(change, task.id);
    change.setTask(task.id, { status: "cancelled", settledSeq: change.nextSeq });
    if (task.parentId === null) continue;
    change.events.push({ type: "task.cancelled", taskId: task.id, agent: task.agent, data: { reason } });
  }
}

function openSubtree(open: readonly TaskState[], rootTaskId: string): TaskState[] {
  const inside = new Set([rootTaskId]);
  // Parents are created before their children, so one pass in that order finds all.
  return open.filter((task) => {
    if (task.parentId !== null && inside.has(task.parentId)) inside.add(task.id);
    return inside.has(task.id);
  });
}
