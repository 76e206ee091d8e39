import { soon } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Log } from "#/lib/log.ts";
import { Batch, type Changed, type Job, type Needs, type Outcome } from "#/lib/run/batch.ts";
import type { Taker } from "#/lib/run/hand-over.ts";
import { KeptRuns, KeptTypes } from "#/lib/run/kept-runs.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { commitRuns, type Guess, type Runs, type Wanted } from "#/lib/store/commit-runs.ts";
import { HOT_LOCK_MS, type Store } from "#/lib/store/db.ts";
import { isStatementError } from "#/lib/store/errors.ts";
import type { LoadedRun, LoggedTask, RunState, TaskState } from "#/lib/store/run-state.ts";
import { isOutOfDate } from "#/lib/store/save-runs.ts";
import type { Ring } from "#/lib/stream/ring.ts";

const MOST_JOBS = 256;
const LONE_LOCK_MS = 5_000;

/**
 * Changes runs, many in one transaction: whatever has come up while the commit before was under way makes the next batch, so
 * that a lone change does not wait and many share one flush to the disk. Changes of one run happen in the order in which
 * they were asked for. Bells ring after the commit; a crash in between leaves tasks that are due and unheard of, which the
 * reconciler rings.
 */
export class RunWriter {
  readonly #store: Store;
  readonly #log: Log;
  readonly #committed: (grown: ReadonlyMap<string, number>, rings: readonly Ring[]) => void;
  #waiting: Job[] = [];
  #busy = new Set<string>();
  #isCommitting = false;
  #isScheduled = false;
  #taker: Taker | undefined;
  readonly #kept = new KeptRuns();
  /** Agents that were registered when that was last read. */
  #types: ReadonlySet<string> | undefined;

  constructor(store: Store, log: Log, committed: (grown: ReadonlyMap<string, number>, rings: readonly Ring[]) => void) {
    this.#store = store;
    this.#log = log;
    this.#committed = committed;
  }

  /** From here on this worker may take what becomes ready; undefined: nobody does. */
  giveTo(taker: Taker | undefined): void {
    this.#taker = taker;
  }

  /** A claim that was not made in a change, so that the next change knows of it; with the run when the task is all of it. */
  noteClaim(task: TaskState, run: RunState | null): void {
    if (run !== null) this.#kept.begin({ run, tasks: [task] });
    else this.#kept.noteClaim(task);
  }

  change<T>(runId: string, apply: (change: RunChange) => T, needs: Needs = {}): Promise<Changed<T> | null> {
    const { promise, resolve, reject } = Promise.withResolvers<Changed<T> | null>();
    this.#waiting.push({ runId, needs, apply, resolve: resolve as Job["resolve"], reject });
    this.#schedule();
    return promise;
  }

  /** What is asked for within one turn of the event loop goes into one batch. */
  #schedule(): void {
    if (this.#isScheduled || this.#isCommitting) return;
    this.#isScheduled = true;
    soon(() => {
      this.#isScheduled = false;
      this.#startBatch();
    });
  }

  #startBatch(): void {
    const jobs: Job[] = [];
    const later: Job[] = [];
    for (const job of this.#waiting) {
      if (jobs.length < MOST_JOBS && !this.#busy.has(job.runId)) jobs.push(job);
      else later.push(job);
    }
    if (jobs.length === 0) return;
    this.#waiting = later;
    const runIds = new Set(jobs.map((job) => job.runId));
    for (const id of runIds) this.#busy.add(id);
    this.#isCommitting = true;
    void this.#runBatch(jobs, HOT_LOCK_MS).then((undone) => {
      this.#isCommitting = false;
      for (const id of runIds) if (!undone.has(id)) this.#busy.delete(id);
      for (const [id, group] of undone) void this.#runAlone(id, group);
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  /** Gives the changes that were undone and shall be tried alone, by run. */
  async #runBatch(jobs: readonly Job[], lockTimeoutMs: number): Promise<ReadonlyMap<string, readonly Job[]>> {
    try {
      for (const outcome of await this.#commit(jobs, lockTimeoutMs)) {
        if ("error" in outcome) outcome.job.reject(outcome.error);
        else outcome.job.resolve(outcome.result);
      }
    } catch (error) {
      if (lockTimeoutMs === HOT_LOCK_MS && isStatementError(error)) {
        this.#log.debug(
          { error: messageOf(error), jobs: jobs.length },
          "batch undone; its runs are changed one by one",
        );
        return Map.groupBy(jobs, (job) => job.runId);
      }
      for (const job of jobs) job.reject(error);
    }
    return new Map();
  }

  /** One after another, beside the batches: only the culprit fails, and only its run waits for a lock. */
  async #runAlone(runId: string, jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) await this.#runBatch([job], LONE_LOCK_MS);
    this.#busy.delete(runId);
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** From what is kept, and when that does not hold, or tells nothing, from what is read. */
  async #commit(jobs: readonly Job[], lockTimeoutMs: number): Promise<Outcome[]> {
    const guess = lockTimeoutMs === HOT_LOCK_MS ? this.#guessFor(jobs) : noGuess;
    try {
      return await this.#commitFrom(guess, jobs, lockTimeoutMs);
    } catch (error) {
      const isInDoubt = error instanceof InDoubt;
      if (!isInDoubt) for (const { runId } of jobs) this.#kept.forget(runId);
      if (!isInDoubt && !(guess.runs.size > 0 && isOutOfDate(error))) throw error;
      return this.#commitFrom(noGuess, jobs, lockTimeoutMs);
    }
  }

  async #commitFrom(guess: KeptGuess, jobs: readonly Job[], lockTimeoutMs: number): Promise<Outcome[]> {
    const taker = this.#taker;
    const wanted = wantedBy(jobs, guess.runs);
    let done: Batch | undefined;
    let outcomes: Outcome[] = [];
    let logged: readonly LoggedTask[];
    try {
      logged = await commitRuns(this.#store, wanted, guess, lockTimeoutMs, (snapshot) => {
        const batch = new Batch(snapshot, guess.runs);
        outcomes = jobs.map((job) => batch.apply(job));
        if (batch.isInDoubt || guess.agentTypes?.hasMissed) throw new InDoubt();
        if (wanted.agents) this.#types = snapshot.agentTypes;
        done = batch;
        if (taker !== undefined) batch.handOver(taker);
        return batch.decision();
      });
    } catch (error) {
      for (const { task } of done?.taken ?? []) taker?.release(task.agent);
      throw error;
    }
    if (done === undefined) return outcomes;
    for (const { after, found } of done.left()) this.#kept.leave(after, found);
    const { grown, rings } = done;
    if (grown.size > 0 || rings.length > 0) this.#committed(grown, rings);
    for (const task of done.handed(logged)) taker?.begin(task);
    return outcomes;
  }

  #guessFor(jobs: readonly Job[]): KeptGuess {
    const runs = new Map<string, LoadedRun>();
    for (const { runId } of jobs) {
      const run = this.#kept.find(runId);
      if (run !== undefined) runs.set(runId, run);
    }
    return { runs, agentTypes: this.#types && new KeptTypes(this.#types) };
  }
}

type KeptGuess = Guess & { readonly agentTypes?: KeptTypes | undefined };

const noGuess: KeptGuess = { runs: new Map() };

/** What is kept says that a change comes to nothing, and nobody has looked whether it is true. */
class InDoubt extends Error {}

function wantedBy(jobs: readonly Job[], known: Runs): Wanted {
  const isKnown = (runId: string, taskId: string) => known.get(runId)?.tasks.some(({ id }) => id === taskId) === true;
  const named = jobs.flatMap(({ runId, needs }) => (needs.tasks ?? []).filter((id) => !isKnown(runId, id)));
  return {
    runIds: [...new Set(jobs.map(({ runId }) => runId))],
    taskIds: [...new Set(named)],
    agents: jobs.some(({ needs }) => needs.agents === true),
  };
}
