import { SECOND, within } from "#/lib/clock.ts";
import { databaseAway } from "#/lib/run/database-watch.ts";
import { type LiveRun, upTo } from "#/lib/run/follow/live-run.ts";
import type { Store } from "#/lib/store/db.ts";
import { type LogPage, readTails, type Wanted } from "#/lib/store/read-tails.ts";

const ANSWER_WITHIN_MS = 5 * SECOND;
/** Pages of one statement, so that what is in memory at once stays small. */
const MOST_AT_ONCE = 16;

/** Pages that were read last, for those who come next. */
const MOST_KEPT = 8;

type Asked = Wanted & { readonly answer: PromiseWithResolvers<LogPage | null> };
type Kept = { readonly page: LogPage; readonly isFull: boolean };

/**
 * Reads pages for those who are behind, one statement at a time: what is asked for meanwhile goes into the next one, and
 * those who ask for the same page are given the same one. A crowd that comes to a run is given the pages of the first.
 */
export class PastReader {
  readonly #store: Store;
  readonly #runOf: (runId: string) => LiveRun | undefined;
  readonly #asked = new Map<string, Asked>();
  readonly #kept = new Map<string, Kept>();
  #reading = false;

  /** `runOf` gives the run when it is followed. */
  constructor(store: Store, runOf: (runId: string) => LiveRun | undefined) {
    this.#store = store;
    this.#runOf = runOf;
  }

  /**
   * A page of the log behind `after`, null when the run does not exist. It ends where the pages begin that are still to be
   * given to everybody: those are for this reader, too. Rejects when Postgres does not answer in 5 s.
   */
  read(runId: string, after: number): Promise<LogPage | null> {
    const key = keyOf({ runId, after });
    const kept = this.#kept.get(key);
    if (kept !== undefined && (kept.isFull || this.#runOf(runId)?.holds(kept.page.last))) {
      return Promise.resolve(kept.page);
    }
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
      for (const [index, asked] of next.entries()) asked.answer.resolve(this.#keep(asked, pages[index] ?? null));
    } catch (thrown) {
      for (const { answer } of next) answer.reject(thrown);
    }
  }

  #keep(wanted: Wanted, read: LogPage | null): LogPage | null {
    if (read === null) return null;
    const head = this.#runOf(wanted.runId)?.head ?? read.last;
    const page = upTo(read, Math.max(head, read.after));
    const key = keyOf(wanted);
    this.#kept.delete(key);
    if (page.last > page.after) this.#kept.set(key, { page, isFull: read.last < read.lastSeq });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest);
    return page;
  }
}

function keyOf({ runId, after }: Wanted): string {
  return `${runId} ${after}`;
}
