import { hasOpen, type Next, type Node, nextOf } from "#/lib/graph/ready.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import type { TaskState } from "#/lib/store/run-state.ts";
import type { Ring } from "#/lib/stream/ring.ts";

/**
 * Lets the run's graph take the steps that are due after a task was created or settled: dispatches what is ready, cancels
 * what can never start, and wakes the parent whose children have all settled. A paused run starts nothing.
 *
 * When a failure rules out what the main agent delegated, the main agent is asked first (`losses`): it is woken, may plan the
 * rest anew, and what is still ruled out when it waits again is cancelled then. Parts of a group are not its to plan.
 *
 * A settled task is only loaded when a change asks for it. That suffices: a failure cancels in the same change whatever depends
 * on it, or is noted there, so an open task never depends on a lost one without showing it, except on the day it is created;
 * who creates one asks for what it depends on.
 */
export function moveGraph(change: RunChange, liveLimit: number, losses: "ask" | "rule-out" = "ask"): void {
  const nodes = change.tasks().filter(isDelegated).map(nodeOf);
  const due = nextOf(nodes, liveLimit);
  const lost = losses === "ask" ? due.cancel.filter(({ id }) => change.task(id)?.part === null) : [];
  const isAsked = lost.length > 0 && asksAbout(change, lost);
  const { dispatch, cancel } = isAsked ? nextOf(nodes, liveLimit, new Set(lost.map(({ id }) => id))) : due;
  for (const { id, because } of cancel) {
    const reason = reasonOf(change, id, because);
    change.setTask(id, { status: "cancelled", settledSeq: change.nextSeq });
    change.events.push({ type: "task.cancelled", taskId: id, agent: change.task(id)?.agent, data: { reason } });
  }
  noteLosses(change);
  if (change.run.paused) return;
  for (const id of dispatch) dispatchTask(change, id);
  for (const parent of change.tasksIn("waiting")) {
    const own = change.tasks().filter((task) => task.parentId === parent.id);
    if (!hasOpen(own)) wakeParent(change, parent);
  }
}

/** Whether the main agent is to say what becomes of these; it is woken if it waits. */
function asksAbout(change: RunChange, lost: Next["cancel"]): boolean {
  const root = change.root();
  if (root === undefined || change.run.program !== null || change.run.phase !== "EXECUTING") return false;
  // Awake, it may still change what depends on them; when it waits again, they are ruled out.
  if (root.status !== "waiting") return true;
  const hasFailure = lost.some(({ id, because }) => {
    return because === null ? hasLoss(change.task(id)) : change.task(because)?.status === "failed";
  });
  if (hasFailure && !change.run.paused) wakeParent(change, root);
  return hasFailure;
}

const isDelegated = (task: TaskState) => task.parentId !== null;

function nodeOf(task: TaskState): Node {
  // What a group depends on has let the group start, so it lets its votes, bids and award start, too.
  const isWithGroup = task.part !== null && task.part !== "subtask";
  const { id, agent, status, dispatched, strict, dependsOn, priority } = task;
  const condition = isWithGroup ? "settled" : task.condition;
  return { id, agent, status, dispatched, strict, dependsOn, priority, condition, hasLost: hasLoss(task) };
}

const DEPENDENCY_LOST = "dependency-lost";

function hasLoss(task: TaskState | undefined): boolean {
  return task?.error?.code === DEPENDENCY_LOST;
}

function reasonOf(change: RunChange, id: string, because: string | null): string {
  const task = change.task(id);
  if (because !== null) return dependsOnLost(change.task(because)?.ref ?? because);
  if (hasLoss(task)) return task?.error?.message ?? "";
  return "It is done only when something that it depends on fails, and nothing did.";
}

const dependsOnLost = (ref: string) => `It depends on ${ref}, which did not succeed.`;

/**
 * Whoever waits although something that it depends on is lost (the main agent is asked first, or it is there for that case and
 * waits for the rest) has that in its row: the lost task is not loaded any more by then.
 */
function noteLosses(change: RunChange): void {
  const tasks = change.tasks();
  const lost = new Map(tasks.filter(({ status }) => isLost(status)).map((task) => [task.id, task]));
  if (lost.size === 0) return;
  for (const task of tasks) {
    if (task.status !== "pending" || task.dispatched) continue;
    const because = task.dependsOn.map((id) => lost.get(id)).find((other) => other && matters(task, other));
    if (because === undefined) continue;
    change.setTask(task.id, { error: { code: DEPENDENCY_LOST, message: dependsOnLost(because.ref) } });
  }
}

/** Opens a settled task again, as if it had never been tried; whoever was held up by its loss waits for it. All are loaded. */
export function reopenTask(change: RunChange, id: string): void {
  const fresh = { status: "pending", attempt: 0, workerId: null, dispatched: false } as const;
  change.setTask(id, { ...fresh, settledSeq: null, error: null, dead: null }, { dueInMs: 0 });
  forgetLoss(change, id);
}

function forgetLoss(change: RunChange, id: string): void {
  for (const task of change.openTasks()) {
    if (hasLoss(task) && !task.dispatched && task.dependsOn.includes(id)) change.setTask(task.id, { error: null });
  }
}

function matters({ condition }: TaskState, lost: TaskState): boolean {
  return condition === null ? lost.strict : condition !== "settled";
}

function isLost(status: TaskState["status"]): boolean {
  return status === "failed" || status === "cancelled";
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
