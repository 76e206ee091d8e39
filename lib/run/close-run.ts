import { now } from "#/lib/clock.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { Failure } from "#/lib/protocol/task.ts";
import type { RunChange } from "#/lib/run/change-run.ts";
import { endRun } from "#/lib/store/runs.ts";
import { cancelSubtree, findRootTask } from "#/lib/store/tasks.ts";

export type RunEnd =
  | { readonly status: "completed" }
  | { readonly status: "failed"; readonly error: Failure }
  | { readonly status: "cancelled"; readonly by: "user" | "system"; readonly reason: string };

/**
 * Ends a run inside a change of it: whatever of it is open is cancelled, and the end is its last event. The caller settles
 * the root task first when it has an outcome of its own.
 */
export async function closeRun(change: RunChange, end: RunEnd): Promise<void> {
  const root = await findRootTask(change.db, change.run.id);
  const cancelled = root === null ? [] : await cancelSubtree(change.db, root.id);
  const reason = end.status === "cancelled" ? end.reason : "The run has ended.";
  for (const task of cancelled) {
    if (task.parentId === null) continue;
    change.events.push({ type: "task.cancelled", taskId: task.id, agent: task.agent, data: { reason } });
  }
  const milliseconds = Math.max(0, now() - Date.parse(change.run.createdAt));
  await endRun(change.db, change.run.id, end.status, errorOf(end));
  change.events.push(eventOf(end, milliseconds));
}

function errorOf(end: RunEnd): Failure | null {
  if (end.status === "completed") return null;
  return end.status === "failed" ? end.error : { code: "cancelled", message: end.reason };
}

function eventOf(end: RunEnd, milliseconds: number): NewEvent {
  switch (end.status) {
    case "completed":
      return { type: "run.completed", data: { milliseconds } };
    case "failed":
      return { type: "run.failed", data: { error: end.error, milliseconds } };
    case "cancelled":
      return { type: "run.cancelled", data: { by: end.by, reason: end.reason, milliseconds } };
  }
}
