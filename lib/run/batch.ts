import { now } from "#/lib/clock.ts";
import type { Handed, Taker } from "#/lib/run/hand-over.ts";
import { RunChange } from "#/lib/run/run-change.ts";
import type { Decision, Runs, Snapshot } from "#/lib/store/commit-runs.ts";
import type { LoadedRun, LoggedTask, TaskState, TaskWords } from "#/lib/store/run-state.ts";
import type { ChangedRun, ChangedTask, NumberedEvent } from "#/lib/store/save-runs.ts";
import type { Ring } from "#/lib/stream/ring.ts";

/** What a change wants to see besides its run and the run's open tasks. */
export type Needs = {
  readonly tasks?: readonly string[];
  /** Which agents are registered, for whoever creates a task. */
  readonly agents?: boolean;
};

export type Changed<T> = { readonly value: T; readonly seq: number };

export type Job = {
  readonly runId: string;
  readonly needs: Needs;
  readonly apply: (change: RunChange) => unknown;
  readonly resolve: (changed: Changed<unknown> | null) => void;
  readonly reject: (error: unknown) => void;
};

export type Outcome =
  | { readonly job: Job; readonly result: Changed<unknown> | null }
  | { readonly job: Job; readonly error: unknown };

type Taken = Pick<Handed, "task" | "program"> & { readonly words: TaskWords | undefined };

/** The changes of a batch one after another: each begins with what the one before it left of the same run. */
export class Batch {
  rings: Ring[] = [];
  readonly taken: Taken[] = [];
  readonly grown = new Map<string, number>();
  /**
   * True when a change of a run that was not read came to nothing: only what is written is compared with the record, so
   * whether it would come to nothing in truth is not known.
   */
  isInDoubt = false;
  readonly #snapshot: Snapshot;
  readonly #known: Runs;
  readonly #runs: Map<string, LoadedRun>;
  readonly #changedRuns = new Map<string, ChangedRun>();
  readonly #created = new Map<string, ChangedTask>();
  readonly #changed = new Map<string, ChangedTask>();
  readonly #events: NumberedEvent[] = [];
  readonly #more: Decision["more"][number][] = [];

  constructor(snapshot: Snapshot, known: Runs) {
    this.#snapshot = snapshot;
    this.#known = known;
    this.#runs = new Map(snapshot.runs);
  }

  /** Null, and nothing changed, when the run does not exist or has ended: nothing follows an end. */
  apply(job: Job): Outcome {
    const before = this.#runs.get(job.runId);
    if (before === undefined || before.run.status !== "active") return { job, result: null };
    const change = new RunChange(this.#snapshot, before);
    try {
      const value = job.apply(change);
      this.isInDoubt ||= change.isEmpty && this.#known.has(job.runId);
      return { job, result: { value, seq: this.#take(change, before) } };
    } catch (error) {
      this.isInDoubt ||= this.#known.has(job.runId);
      return { job, error };
    }
  }

  #take(change: RunChange, before: LoadedRun): number {
    const { after, isLater, created, changed } = change.result();
    const { id, lastSeq } = before.run;
    change.events.forEach((event, index) => {
      this.#events.push({ ...event, runId: id, seq: lastSeq + index + 1 });
    });
    for (const one of created) this.#created.set(one.task.id, one);
    for (const one of changed) this.#merge(one);
    if (!change.isEmpty) {
      const laterByPause = isLater || this.#changedRuns.get(id)?.laterByPause === true;
      this.#changedRuns.set(id, { run: after.run, laterByPause });
    }
    if (after.run.lastSeq > lastSeq) this.grown.set(id, after.run.lastSeq);
    this.#runs.set(id, after);
    this.rings.push(...change.rings);
    this.#more.push(...change.more);
    return after.run.lastSeq;
  }

  #merge({ task, clocks, heldBy }: ChangedTask): void {
    const where = this.#created.has(task.id) ? this.#created : this.#changed;
    const known = where.get(task.id);
    where.set(task.id, {
      task,
      clocks: { ...known?.clocks, ...clocks },
      heldBy: known === undefined ? heldBy : known.heldBy,
    });
  }

  /** What this batch makes ready is claimed in it, as long as the worker has room. */
  handOver(taker: Taker): void {
    const left: Ring[] = [];
    for (const ring of this.rings) if (!this.#hand(ring.taskId, taker)) left.push(ring);
    this.rings = left;
  }

  #hand(taskId: string, taker: Taker): boolean {
    const where = this.#created.has(taskId) ? this.#created : this.#changed;
    const ready = where.get(taskId);
    const run = ready && this.#runs.get(ready.task.runId)?.run;
    if (ready === undefined || run?.status !== "active" || run.paused || !isReady(ready)) return false;
    const takenForMs = taker.reserve(ready.task.agent);
    if (takenForMs === null) return false;
    const { workerId } = taker;
    const { claim, attempt, timeoutMs } = ready.task;
    const startedAt = new Date(now()).toISOString();
    const held = { status: "in_progress", claim: claim + 1, attempt: attempt + 1, workerId, startedAt } as const;
    const task = { ...ready.task, ...held };
    where.set(taskId, { ...ready, task, clocks: { ...ready.clocks, takenForMs: timeoutMs ?? takenForMs } });
    this.taken.push({ task, program: run.program, words: this.#wordsOf(task) });
    return true;
  }

  /** Undefined when they were not all written in this batch. */
  #wordsOf({ id, runId, createdSeq, acceptedSeq }: TaskState): TaskWords | undefined {
    const find = (seq: number | null) => this.#events.find((event) => event.runId === runId && event.seq === seq);
    const created = find(createdSeq);
    const accepted = find(acceptedSeq);
    if (created?.taskId !== id || (acceptedSeq !== null && accepted === undefined)) return undefined;
    return { taskId: id, created: created.data, accepted: accepted?.data };
  }

  decision(): Decision {
    const runs = [...this.#changedRuns.values()];
    const changes = {
      runs,
      created: [...this.#created.values()],
      changed: [...this.#changed.values()],
      events: this.#events,
    };
    return { changes, more: this.#more, asked: this.taken.flatMap(idsAskedBy) };
  }

  /** What was taken, with what was read of it behind the change. */
  handed(logged: readonly LoggedTask[]): Handed[] {
    return this.taken.map(({ task, program, words }) => ({
      task,
      program,
      words: words ?? logged.find(({ taskId }) => taskId === task.id),
      dependencies: logged.filter(({ taskId }) => task.dependsOn.includes(taskId)),
    }));
  }

  /** The runs as this batch leaves them, each with the version in which it was found. */
  left(): { readonly after: LoadedRun; readonly found: number }[] {
    return [...this.#changedRuns.keys()].flatMap((id) => {
      const after = this.#runs.get(id);
      if (after === undefined) return [];
      const found = after.run.version;
      const tasks = after.tasks.map(
        (task) => this.#created.get(task.id)?.task ?? this.#changed.get(task.id)?.task ?? task,
      );
      return { after: { run: { ...after.run, version: found + 1 }, tasks }, found };
    });
  }
}

function idsAskedBy({ task, words }: Taken): string[] {
  return words === undefined && task.parentId !== null ? [task.id, ...task.dependsOn] : [...task.dependsOn];
}

/** One whose process ended goes through the door where no two suspects are let in. */
function isReady({ task, clocks }: ChangedTask): boolean {
  const isDue = clocks.dueInMs === undefined ? task.due : clocks.dueInMs === 0;
  return task.status === "pending" && task.dispatched && isDue && task.error?.code !== "worker-lost";
}
