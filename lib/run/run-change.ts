import type { ReservedSql } from "postgres";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import type { Snapshot } from "#/lib/store/commit-runs.ts";
import { inOrder } from "#/lib/store/load-runs.ts";
import { rewordTask } from "#/lib/store/replan.ts";
import { isOpen, type LoadedRun, type RunState, type TaskClocks, type TaskState } from "#/lib/store/run-state.ts";
import type { ChangedTask } from "#/lib/store/save-runs.ts";
import type { Ring } from "#/lib/stream/ring.ts";

/** What becomes of a task; its identity never changes, and its words only before it is dispatched. */
export type TaskUpdate = Partial<
  Pick<TaskState, "status" | "attempt" | "announced" | "settledSeq" | "workerId" | "dispatched" | "error" | "dead">
>;

/** What other words change in the row of a task: `createdSeq` is the number of the event that holds them. */
export type TaskWording = Pick<
  TaskState,
  "agent" | "priority" | "strict" | "hash" | "dependsOn" | "timeoutMs" | "createdSeq" | "acceptedSeq"
>;

/**
 * One change of one run while it is being made, in memory: it reads what was loaded under the run's lock, and collects what
 * is to be written. Nothing of it exists until the writer commits it; one that throws leaves no trace.
 */
export class RunChange {
  readonly events: NewEvent[] = [];
  readonly rings: Ring[] = [];
  /** Further statements of the same transaction. */
  readonly more: ((sql: ReservedSql) => PromiseLike<unknown>)[] = [];
  readonly snapshot: Snapshot;
  readonly #loaded: readonly TaskState[];
  readonly #created = new Map<string, ChangedTask>();
  readonly #changed = new Map<string, ChangedTask>();
  readonly #found: RunState;
  #run: RunState;
  #isLater = false;

  constructor(snapshot: Snapshot, { run, tasks }: LoadedRun) {
    this.snapshot = snapshot;
    this.#found = run;
    this.#run = run;
    this.#loaded = tasks;
  }

  get run(): RunState {
    return this.#run;
  }

  /** The number that the next event will have. */
  get nextSeq(): number {
    return this.#run.lastSeq + this.events.length + 1;
  }

  /** The open tasks of the run and those that were asked for, in the order in which they were created. */
  tasks(): TaskState[] {
    const loaded = this.#loaded.map((task) => this.#changed.get(task.id)?.task ?? task);
    return [...loaded, ...[...this.#created.values()].map(({ task }) => task)];
  }

  openTasks(): TaskState[] {
    return this.tasks().filter((task) => isOpen(task.status));
  }

  task(id: string): TaskState | undefined {
    const changed = this.#created.get(id) ?? this.#changed.get(id);
    return changed?.task ?? this.#loaded.find((task) => task.id === id);
  }

  root(): TaskState | undefined {
    return this.tasks().find((task) => task.parentId === null);
  }

  setRun(update: Partial<Pick<RunState, "status" | "phase" | "program" | "paused" | "error">>): void {
    // A run that goes on gets the time back that it stood still.
    if (this.#run.paused && update.paused === false) this.#isLater = true;
    this.#run = { ...this.#run, ...update };
  }

  createTask(task: TaskState, clocks: TaskClocks = {}): void {
    this.#created.set(task.id, { task, clocks });
    if (task.parentId !== null) this.#run = { ...this.#run, taskCount: this.#run.taskCount + 1 };
  }

  setTask(id: string, update: TaskUpdate, clocks: TaskClocks = {}): void {
    this.#put(id, update, clocks);
  }

  /** Gives a task other words. Throws when it was dispatched: somebody may know the old ones. */
  rewordTask(id: string, words: TaskWording): void {
    // What was lost is told of in its error, and counts no longer when it depends on other tasks now.
    const before = this.task(id);
    const keeps = before?.dependsOn.join() === words.dependsOn.join();
    const task = this.#put(id, { ...words, error: keeps ? (before?.error ?? null) : null });
    if (task.status !== "pending" || task.dispatched) throw new Error(`task ${id} was dispatched already`);
    this.more.push((sql) => rewordTask(sql, task));
  }

  #put(id: string, update: Partial<TaskState>, clocks: TaskClocks = {}): TaskState {
    const task = this.task(id);
    if (task === undefined) throw new Error(`task ${id} was not loaded with its run`);
    const where = this.#created.has(id) ? this.#created : this.#changed;
    const known = where.get(id);
    const due = clocks.dueInMs === undefined ? task.due : clocks.dueInMs === 0;
    const after = { ...task, ...update, due };
    where.set(id, {
      task: after,
      clocks: { ...known?.clocks, ...clocks },
      heldBy: known === undefined ? task.workerId : known.heldBy,
    });
    return after;
  }

  /** True while nothing of it is to be written. */
  get isEmpty(): boolean {
    const written = [this.events, this.more].some((part) => part.length > 0);
    return !written && this.#created.size + this.#changed.size === 0 && this.#run === this.#found;
  }

  /** The run's tasks that have this status. */
  tasksIn(status: TaskStatus): TaskState[] {
    return this.tasks().filter((task) => task.status === status);
  }

  /** What the writer saves, and the state that the next change of this run begins with. */
  result() {
    const grown = this.events.length;
    const run: RunState = grown === 0 ? this.#run : { ...this.#run, lastSeq: this.#run.lastSeq + grown };
    return {
      after: { run, tasks: inOrder(this.tasks()) } satisfies LoadedRun,
      isLater: this.#isLater,
      created: [...this.#created.values()],
      changed: [...this.#changed.values()],
    };
  }
}
