import { now } from "#/lib/clock.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { rootSpec } from "#/lib/run/root-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { readWarrant } from "#/lib/run/warrant.ts";
import type { TaskState } from "#/lib/store/run-state.ts";
import { findRunOfTask } from "#/lib/store/tasks.ts";
import { isUuid } from "#/lib/store/uuid.ts";

export type Wanted = {
  readonly taskId: string;
  readonly hash: string;
  readonly workerId: string;
  /** The time of an attempt, unless the task names its own. */
  readonly timeoutMs: number;
  /** True while the worker runs a task that may have ended its process before: then it takes no second one of these. */
  readonly isGuarding?: boolean;
};

/** Why nothing was taken: forged and stale entries are told apart, for the first are counted. */
export type NotTaken = "no-task" | "altered" | "not-due" | "paused" | "guarding" | "no-lease";

const GUARD_PAUSE_MS = 1_000;

/**
 * Takes the task for a worker, or says why there is nothing to take. The entry may be acked in either case: from here on the
 * record knows who owns the task, and a dead owner's tasks are given back. The claim does not wait for the disk: should a
 * crash of the database undo it, the task is taken again, and the fence names the worker.
 */
export async function claimTask(context: Context, wanted: Wanted): Promise<ClaimedTask | NotTaken> {
  const { taskId, workerId } = wanted;
  const runId = isUuid(taskId) ? await findRunOfTask(context.store.db, taskId) : null;
  if (runId === null) return "no-task";
  const needs = { wordsOf: taskId, tasks: [taskId], worker: workerId, isDurable: false };
  const done = await changeRun(context, runId, (change) => claim(change, wanted, context.env.budgets.attempts), needs);
  return done?.value ?? "not-due";
}

function claim(change: RunChange, wanted: Wanted, mostAttempts: number): ClaimedTask | NotTaken {
  const task = change.task(wanted.taskId);
  if (task === undefined) return "no-task";
  if (task.hash !== wanted.hash) return "altered";
  if (task.status !== "pending" || !task.dispatched || !task.due) return "not-due";
  if (!change.snapshot.workers.has(wanted.workerId)) return "no-lease";
  if (change.run.paused) return "paused";
  if (wanted.isGuarding && isSuspect({ ...task, attempt: task.attempt + 1 }, mostAttempts)) {
    change.setTask(task.id, {}, { dueInMs: GUARD_PAUSE_MS, rung: false });
    return "guarding";
  }
  return take(change, task, wanted);
}

function take(change: RunChange, task: TaskState, { workerId, timeoutMs }: Wanted): ClaimedTask {
  const attempt = task.attempt + 1;
  const taken = { status: "in_progress", claim: task.claim + 1, attempt, workerId } as const;
  change.setTask(task.id, taken, { beginsForMs: task.timeoutMs ?? timeoutMs });
  const data = { claim: taken.claim, attempt, workerId };
  change.events.push({ type: "task.claimed", taskId: task.id, agent: task.agent, data });
  const isRoot = task.parentId === null;
  const { spec, isWarranted } = isRoot
    ? { spec: rootSpec, isWarranted: true }
    : readWarrant(change.run, task, change.snapshot.words.get(task.id));
  return { ...task, ...taken, startedAt: new Date(now()).toISOString(), spec: spec ?? rootSpec, isWarranted };
}

/**
 * In its last attempt, after the process that ran it ended: it may have been the reason. No two of these run side by side, so
 * that one that ends its process every time never uses up the attempts of another.
 */
export function isSuspect(task: Pick<TaskState, "attempt" | "error">, mostAttempts: number): boolean {
  return task.attempt >= mostAttempts && task.error?.code === "worker-lost";
}
