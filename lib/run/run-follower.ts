import { DeputyError } from "#/lib/errors.ts";
import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import type { Context } from "#/lib/run/context.ts";
import { followRun } from "#/lib/run/follow-run.ts";
import { TaskStatuses } from "#/lib/run/task-statuses.ts";

type Waiter = { resolve(result: TaskResult): void; reject(error: unknown): void };
type Followed = { events: RunEvent[]; outcome?: { result: TaskResult } | { error: DeputyError } };

/** Follows a run from its first event for a program that waits for its tasks: one look at the log serves all who wait. */
export class RunFollower {
  readonly #stop = new AbortController();
  readonly #statuses = new TaskStatuses();
  readonly #tasks = new Map<string, Followed>();
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #done: Promise<void>;

  constructor(context: Context, runId: string) {
    this.#done = this.#follow(context, runId);
    this.#done.catch(() => undefined);
  }

  statusOf(taskId: string): TaskStatus {
    return this.#statuses.of(taskId) ?? "pending";
  }

  eventsOf(taskId: string): readonly RunEvent[] {
    return this.#tasks.get(taskId)?.events ?? [];
  }

  resultOf(taskId: string): Promise<TaskResult> {
    const outcome = this.#tasks.get(taskId)?.outcome;
    if (outcome !== undefined)
      return "result" in outcome ? Promise.resolve(outcome.result) : Promise.reject(outcome.error);
    return new Promise((resolve, reject) => {
      this.#waiting.set(taskId, [...(this.#waiting.get(taskId) ?? []), { resolve, reject }]);
    });
  }

  /** Resolves when the run's last event has been read; rejects when the log cannot be read. */
  ended(): Promise<void> {
    return this.#done;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(context: Context, runId: string): Promise<void> {
    let over = new DeputyError("not-followed", "The run is not followed any more.");
    try {
      for await (const events of followRun(context, runId, 0, this.#stop.signal)) {
        for (const event of events) {
          this.#take(event);
          if (isEnd(event.type)) over = new DeputyError("run-ended", "The run ended before the task had a result.");
        }
      }
    } finally {
      for (const waiters of this.#waiting.values()) for (const waiter of waiters) waiter.reject(over);
      this.#waiting.clear();
    }
  }

  #take(event: RunEvent): void {
    if (event.taskId === undefined) return;
    const task: Followed = this.#tasks.get(event.taskId) ?? { events: [] };
    this.#tasks.set(event.taskId, task);
    task.events.push(event);
    this.#statuses.take(event);
    const outcome = outcomeOf(event);
    if (outcome == null) return;
    task.outcome = outcome;
    for (const waiter of this.#waiting.get(event.taskId) ?? []) {
      if ("result" in outcome) waiter.resolve(outcome.result);
      else waiter.reject(outcome.error);
    }
    this.#waiting.delete(event.taskId);
  }
}

function outcomeOf(event: RunEvent): Followed["outcome"] | null {
  switch (event.type) {
    case "task.completed":
      return { result: event.data.result };
    case "task.failed":
      return { error: new DeputyError(event.data.error.code, event.data.error.message) };
    case "task.cancelled":
      return { error: new DeputyError("cancelled", event.data.reason) };
    default:
      return null;
  }
}
