import { SECOND, ticks, within } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Store } from "#/lib/store/db.ts";
import { ping } from "#/lib/store/statistics.ts";

const PING_WITHIN_MS = 2 * SECOND;

/** Whether the database answers, as the requests of this process find out: what one of them learns holds for all. */
export class DatabaseWatch {
  readonly #store: Store;
  #isAway = false;
  #asked: { readonly at: number; readonly answer: Promise<void> } | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** While the database is away, requests would only pile up in front of it; each still has it asked again. */
  requireAnswering(): void {
    if (!this.#isAway) return;
    this.ask().catch(() => undefined);
    throw databaseAway();
  }

  /** Throws `database-away` when there is no answer within 2 s. */
  async ping(): Promise<void> {
    try {
      await within(PING_WITHIN_MS, this.ask(), () => new Error("no answer in time"));
    } catch (error) {
      this.#isAway = true;
      throw databaseAway(error);
    }
  }

  /**
   * Resolves when the database answers, and lets requests through again that were refused because it did not. One question at a
   * time, unless the last one seems to be lost.
   */
  ask(): Promise<void> {
    if (this.#asked !== undefined && ticks() - this.#asked.at < PING_WITHIN_MS) return this.#asked.answer;
    const answer = this.#answer();
    this.#asked = { at: ticks(), answer };
    return answer;
  }

  async #answer(): Promise<void> {
    try {
      await ping(this.#store.db);
      this.#isAway = false;
    } finally {
      this.#asked = undefined;
    }
  }
}

export function databaseAway(cause?: unknown): DeputyError {
  return new DeputyError("database-away", "The database does not answer right now. Try again in a moment.", {
    retryable: true,
    cause,
  });
}
