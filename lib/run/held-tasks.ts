import { DeputyError } from "#/lib/errors.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";

type Held = { readonly task: ClaimedTask; readonly abort: AbortController; readonly done: Promise<void> };

/** The tasks that this process is working on, and the handle to stop each of them. */
export class HeldTasks {
  readonly #held = new Map<string, Held>();

  get size(): number {
    return this.#held.size;
  }

  list(): { taskId: string; claim: number }[] {
    return [...this.#held.values()].map(({ task }) => ({ taskId: task.id, claim: task.claim }));
  }

  has(taskId: string): boolean {
    return this.#held.has(taskId);
  }

  some(test: (task: ClaimedTask) => boolean): boolean {
    return [...this.#held.values()].some(({ task }) => test(task));
  }

  /** Runs `work` under a signal of its own and holds the task until it is over. `work` must not throw. */
  async run(task: ClaimedTask, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#drop(task.id, "The task was claimed anew.");
    const abort = new AbortController();
    const done = work(abort.signal);
    this.#held.set(task.id, { task, abort, done });
    await done;
    if (this.#held.get(task.id)?.abort === abort) this.#held.delete(task.id);
  }

  /** The claim is gone: whatever the task still does under it is of no use. A later claim of the same task is left alone. */
  dropClaim({ taskId, claim }: { taskId: string; claim: number }, why: string): void {
    if (this.#held.get(taskId)?.task.claim === claim) this.#drop(taskId, why);
  }

  dropAll(why: string): void {
    for (const id of this.#held.keys()) this.#drop(id, why);
  }

  /** Resolves when nothing is held any more. */
  async idle(): Promise<void> {
    while (this.#held.size > 0) await Promise.all([...this.#held.values()].map(({ done }) => done));
  }

  #drop(taskId: string, why: string): void {
    this.#held.get(taskId)?.abort.abort(new DeputyError("claim-lost", why));
  }
}
