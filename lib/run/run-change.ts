import type { ReservedSql } from "postgres";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import type { Snapshot } from "#/lib/store/commit-runs.ts";
import { isOpen, type LoadedRun, type RunState, type TaskClocks, type TaskState } from "#/lib/store/run-state.ts";
import type { ChangedTask } from "#/lib/store/save-runs.ts";
import type { Ring } from "#/lib/stream/ring.ts";

/** What a change may set of a task; its identity and its words never change. */
export type TaskUpdate = Partial<
  Pick<TaskState, "status" | "attempt" | "announced" | "settledSeq" | "workerId" | "dispatched" | "error" | "dead">
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
  #run: RunState;
  #isLater = false;

  constructor(snapshot: Snapshot, { run, tasks }: LoadedRun) {
    this.snapshot = snapshot;
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
    const task = this.task(id);
    if (task === undefined) throw new Error(`task ${id} was not loaded with its run`);
    const where = this.#created.has(id) ? this.#created : this.#changed;
    where.set(id, { task: { ...task, ...update }, clocks: { ...where.get(id)?.clocks, ...clocks } });
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
      after: { run, tasks: this.tasks() } satisfies LoadedRun,
      isLater: this.#isLater,
      created: [...this.#created.values()],
      changed: [...this.#changed.values()],
    };
  }
}
