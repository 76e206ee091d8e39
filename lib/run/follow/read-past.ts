import { SECOND, within } from "#/lib/clock.ts";
import { databaseAway } from "#/lib/run/await-database.ts";
import type { Store } from "#/lib/store/db.ts";
import { type LogPage, readTails, type Wanted } from "#/lib/store/read-tails.ts";

const ANSWER_WITHIN_MS = 5 * SECOND;
/** Pages of one statement, so that what is in memory at once stays small. */
const MOST_AT_ONCE = 16;

type Asked = Wanted & { readonly answer: PromiseWithResolvers<LogPage | null> };

/**
 * Reads pages for those who are behind, one statement at a time: what is asked for meanwhile goes into the next one, and
 * those who ask for the same page are given the same one.
 */
export class PastReader {
  readonly #store: Store;
  readonly #asked = new Map<string, Asked>();
  #reading = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The page of the log behind `after`, null when the run does not exist. Rejects when Postgres does not answer in 5 s. */
  read(runId: string, after: number): Promise<LogPage | null> {
    const key = `${runId} ${after}`;
    const asked = this.#asked.get(key) ?? { runId, after, answer: Promise.withResolvers<LogPage | null>() };
    this.#asked.set(key, asked);
    if (!this.#reading) void this.#readAll();
    return asked.answer.promise;
  }

  async #readAll(): Promise<void> {
    this.#reading = true;
    // Whoever asks in this tick is in the first statement, too.
    await Promise.resolve();
    while (this.#asked.size > 0) {
      const next = [...this.#asked].slice(0, MOST_AT_ONCE);
      for (const [key] of next) this.#asked.delete(key);
      await this.#readNext(next.map(([, asked]) => asked));
    }
    this.#reading = false;
  }

  async #readNext(next: readonly Asked[]): Promise<void> {
    try {
      const pages = await within(ANSWER_WITHIN_MS, readTails(this.#store, next), databaseAway);
      for (const [index, { answer }] of next.entries()) answer.resolve(pages[index] ?? null);
    } catch (thrown) {
      for (const { answer } of next) answer.reject(thrown);
    }
  }
}
