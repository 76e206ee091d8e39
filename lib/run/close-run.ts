import { now } from "#/lib/clock.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { Failure } from "#/lib/protocol/task.ts";
import { cancelSubtree } from "#/lib/run/cancel-subtree.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

export type RunEnd =
  | { readonly status: "completed" }
  | { readonly status: "failed"; readonly error: Failure }
  | { readonly status: "cancelled"; readonly by: "user" | "system"; readonly reason: string };

/**
 * Ends a run inside a change of it: whatever of it is open is cancelled, and the end is its last event. The caller settles
 * the root task first when it has an outcome of its own.
 */
export function closeRun(change: RunChange, end: RunEnd): void {
  const root = change.root();
  if (root !== undefined)
    cancelSubtree(change, root.id, end.status === "cancelled" ? end.reason : "The run has ended.");
  const milliseconds = Math.max(0, now() - Date.parse(change.run.createdAt));
  change.setRun({ status: end.status, error: errorOf(end), paused: false });
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
