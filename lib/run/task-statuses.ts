import type { RunEvent } from "#/lib/protocol/event.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import { isOpen } from "#/lib/store/run-state.ts";

type Known = { own: TaskStatus; parent: Known | undefined; openParts: number };

const statusAfter: Partial<Record<RunEvent["type"], TaskStatus>> = {
  "task.created": "pending",
  "task.claimed": "in_progress",
  "task.retried": "pending",
  "task.reopened": "pending",
  "task.completed": "completed",
  "task.failed": "failed",
  "task.cancelled": "cancelled",
};

/** How each task of a run stands, from its log alone: a group waits while one of its parts is open, and is pending behind the last. */
export class TaskStatuses {
  readonly #tasks = new Map<string, Known>();
  readonly #refs = new Map<string, Known>();

  take(event: RunEvent): void {
    const status = statusAfter[event.type];
    if (event.taskId === undefined || status === undefined) return;
    if (event.type === "task.created") this.#create(event.taskId, event.data.ref, event.data.part !== undefined);
    const task = this.#tasks.get(event.taskId);
    if (task === undefined) return;
    this.#move(task, status);
  }

  /** Undefined for a task that the log has not told of. */
  of(taskId: string): TaskStatus | undefined {
    const task = this.#tasks.get(taskId);
    if (task === undefined) return undefined;
    return task.openParts > 0 && isOpen(task.own) ? "waiting" : task.own;
  }

  ids(): IterableIterator<string> {
    return this.#tasks.keys();
  }

  #create(taskId: string, ref: string, isPart: boolean): void {
    const parent = isPart ? this.#refs.get(ref.slice(0, ref.lastIndexOf("."))) : undefined;
    const task: Known = { own: "pending", parent, openParts: 0 };
    if (parent) parent.openParts += 1;
    this.#tasks.set(taskId, task);
    this.#refs.set(ref, task);
  }

  #move(task: Known, status: TaskStatus): void {
    const { parent } = task;
    if (parent !== undefined) parent.openParts += Number(isOpen(status)) - Number(isOpen(task.own));
    if (parent?.openParts === 0 && isOpen(parent.own)) parent.own = "pending";
    task.own = status;
  }
}
