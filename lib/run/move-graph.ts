import { hasOpen, nextOf } from "#/lib/graph/ready.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import type { TaskState } from "#/lib/store/run-state.ts";
import type { Ring } from "#/lib/stream/ring.ts";

/**
 * Lets the run's graph take the steps that are due after a task was created or settled: dispatches what is ready, cancels
 * what can never start, and wakes the parent whose children have all settled. A paused run starts nothing.
 *
 * A settled task is only loaded when a change asks for it. That suffices: the strict failure of a task cancels in the same
 * change whatever depends on it, so an open task never depends on a lost one, except on the day it is created; who creates
 * one asks for what it depends on.
 */
export function moveGraph(change: RunChange, liveLimit: number): void {
  const children = change.tasks().filter((task) => task.parentId !== null);
  const { dispatch, cancel } = nextOf(children, liveLimit);
  const refs = new Map(children.map((task) => [task.id, task.ref]));
  for (const { id, because } of cancel) {
    const reason = `It depends on ${refs.get(because) ?? because}, which did not succeed.`;
    change.setTask(id, { status: "cancelled", settledSeq: change.nextSeq });
    change.events.push({ type: "task.cancelled", taskId: id, agent: change.task(id)?.agent, data: { reason } });
  }
  if (change.run.paused) return;
  for (const id of dispatch) dispatchTask(change, id);
  for (const parent of change.tasksIn("waiting")) {
    const own = change.tasks().filter((task) => task.parentId === parent.id);
    if (!hasOpen(own)) wakeParent(change, parent);
  }
}

function dispatchTask(change: RunChange, id: string): void {
  change.setTask(id, { dispatched: true }, { rung: true });
  const task = change.task(id);
  if (task === undefined) return;
  change.events.push({ type: "task.dispatched", taskId: id, agent: task.agent, data: {} });
  change.rings.push(ringOf(task));
}

/** The main agent goes on; a program's run has nobody to wake, and ends when the program wants no more. */
function wakeParent(change: RunChange, parent: TaskState): void {
  if (parent.parentId === null && change.run.program !== null) {
    if (change.run.program === "open") return;
    change.setTask(parent.id, { status: "completed" });
    closeRun(change, { status: "completed" });
    return;
  }
  change.setTask(parent.id, { status: "pending" }, { dueInMs: 0, rung: true });
  change.rings.push(ringOf(parent));
}

export function ringOf(task: Pick<TaskState, "id" | "hash" | "agent" | "priority">): Ring {
  return { taskId: task.id, hash: task.hash, agent: task.agent, priority: task.priority };
}
