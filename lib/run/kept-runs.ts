import { isOpen, type LoadedRun, type TaskState } from "#/lib/store/run-state.ts";

type Left = { readonly version: number; readonly known: LoadedRun | undefined };

const MOST_RUNS = 200;

/**
 * Runs as this process left them, so that its next change of them need not read them again. What is kept may be out of date at
 * any time: a change that is made from it names the version, and is refused when that is not current (see save-runs.ts).
 *
 * A run is kept as soon as it was found as it was left: one that others change all the time is read each time.
 */
export class KeptRuns {
  readonly #left = new Map<string, Left>();

  find(runId: string): LoadedRun | undefined {
    return this.#left.get(runId)?.known;
  }

  /** The run as a change left it, which had found it in the version `found`. */
  leave({ run, tasks }: LoadedRun, found: number): void {
    const isOurs = this.#left.get(run.id)?.version === found;
    this.#left.delete(run.id);
    if (run.status !== "active") return;
    const known = isOurs ? { run, tasks: tasks.filter(({ status }) => isOpen(status)) } : undefined;
    this.#left.set(run.id, { version: run.version, known });
    const [oldest] = this.#left.keys();
    if (this.#left.size > MOST_RUNS && oldest !== undefined) this.#left.delete(oldest);
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
}
