/** Counts what is under way, at most `limit` at once. */
export class Slots {
  readonly #limit: number;
  #used = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get free(): number {
    return this.#limit - this.#used;
  }

  /** Resolves when a slot is free, or when the signal aborts. */
  async untilFree(signal: AbortSignal): Promise<void> {
    while (this.free <= 0 && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#waiting.push(wake);
      signal.addEventListener("abort", wake, { once: true });
      await promise;
      signal.removeEventListener("abort", wake);
    }
  }

  /** Takes a slot for as long as `work` lasts. */
  async use(work: () => Promise<void>): Promise<void> {
    this.take();
    try {
      await work();
    } finally {
      this.give();
    }
  }

  take(): void {
    this.#used += 1;
  }

  give(): void {
    this.#used -= 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
