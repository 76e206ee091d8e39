import { SECOND, ticks, within } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import { ping } from "#/lib/store/statistics.ts";

/** Work that takes longer is waited for as long as the database answers. Together at most 5 s. */
const PATIENCE_MS = 2.5 * SECOND;
const PING_WITHIN_MS = 2 * SECOND;

/**
 * What `start` gives; throws `database-away` within 5 s when the database does not answer meanwhile, and at once while it is
 * known not to. Work that was given up may still be done when the database comes back, so whoever does it must be able to do
 * it twice.
 */
export async function awaitDatabase<T>(context: Context, start: () => Promise<T>): Promise<T> {
  const watch = watchOf(context);
  watch.requireAnswering();
  const work = start();
  for (;;) {
    try {
      return await within(PATIENCE_MS, work, () => new StillWaiting());
    } catch (thrown) {
      if (!(thrown instanceof StillWaiting)) throw thrown;
      await watch.ping();
    }
  }
}

/** Resolves when the database answers, and lets requests through again that were refused because it did not. */
export function askDatabase(context: Context): Promise<void> {
  return watchOf(context).ask();
}

export function databaseAway(cause?: unknown): DeputyError {
  return new DeputyError("database-away", "The database does not answer right now. Try again in a moment.", {
    retryable: true,
    cause,
  });
}

class StillWaiting extends Error {}

/** Whether the database answers, as the requests of this process find out. */
class DatabaseWatch {
  readonly #context: Context;
  #isAway = false;
  #asked: { readonly at: number; readonly answer: Promise<void> } | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** While the database is away, requests would only pile up in front of it; each still has it asked again. */
  requireAnswering(): void {
    if (!this.#isAway) return;
    this.ask().catch(() => undefined);
    throw databaseAway();
  }

  async ping(): Promise<void> {
    try {
      await within(PING_WITHIN_MS, this.ask(), () => new Error("no answer in time"));
    } catch (error) {
      this.#isAway = true;
      throw databaseAway(error);
    }
  }

  /** One question at a time, unless the last one seems to be lost. */
  ask(): Promise<void> {
    if (this.#asked !== undefined && ticks() - this.#asked.at < PING_WITHIN_MS) return this.#asked.answer;
    const answer = this.#answer();
    this.#asked = { at: ticks(), answer };
    return answer;
  }

  async #answer(): Promise<void> {
    try {
      await ping(this.#context.store.db);
      this.#isAway = false;
    } finally {
      this.#asked = undefined;
    }
  }
}

const watches = new WeakMap<Context, DatabaseWatch>();

function watchOf(context: Context): DatabaseWatch {
  const known = watches.get(context);
  if (known) return known;
  const watch = new DatabaseWatch(context);
  watches.set(context, watch);
  return watch;
}
