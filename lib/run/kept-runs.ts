import { isOpen, type LoadedRun, type TaskState } from "#/lib/store/run-state.ts";

type Left = { readonly version: number; readonly known: LoadedRun | undefined };

const MOST_RUNS = 200;

/** Types that were registered once, and stay so; whether somebody asked for one that was not is known afterwards. */
export class KeptTypes extends Set<string> {
  hasMissed = false;

  override has(type: string): boolean {
    const isKnown = super.has(type);
    this.hasMissed ||= !isKnown;
    return isKnown;
  }
}

/**
 * Runs as this process left them, so that its next change of them need not read them again. What is kept may be out of date at
 * any time: a change that is made from it names the version, and is refused when that is not current (see save-runs.ts).
 *
 * A run is kept from its first claim, or as soon as it was found as it was left: one that others change all the time is read
 * each time.
 */
export class KeptRuns {
  readonly #left = new Map<string, Left>();

  find(runId: string): LoadedRun | undefined {
    return this.#left.get(runId)?.known;
  }

  /** All of a run, as it was found. */
  begin(known: LoadedRun): void {
    this.#put(known.run.id, { version: known.run.version, known });
  }

  /** The run as a change left it, which had found it in the version `found`. */
  leave({ run, tasks }: LoadedRun, found: number): void {
    const isOurs = this.#left.get(run.id)?.version === found;
    const open = tasks.filter(({ status }) => isOpen(status));
    // A task that is due later becomes so without a change.
    const known = isOurs && open.every(({ due }) => due) ? { run, tasks: open } : undefined;
    if (run.status === "active") this.#put(run.id, { version: run.version, known });
    else this.forget(run.id);
  }

  forget(runId: string): void {
    this.#left.delete(runId);
  }

  /** A claim changes a task without a change of its run. */
  noteClaim(task: TaskState): void {
    const left = this.#left.get(task.runId);
    if (left?.known === undefined) return;
    const tasks = left.known.tasks.map((known) => (known.id === task.id ? task : known));
    this.#left.set(task.runId, { ...left, known: { ...left.known, tasks } });
  }

  /** Those that were changed longest ago are forgotten first. */
  #put(runId: string, left: Left): void {
    this.#left.delete(runId);
    this.#left.set(runId, left);
    const [oldest] = this.#left.keys();
    if (this.#left.size > MOST_RUNS && oldest !== undefined) this.#left.delete(oldest);
  }
}
