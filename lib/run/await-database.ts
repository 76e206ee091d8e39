import { SECOND, within } from "#/lib/clock.ts";
import type { Context } from "#/lib/run/context.ts";

/** Work that takes longer is waited for as long as the database answers; asking takes 2 s more at most. */
const PATIENCE_MS = 2 * SECOND;

/**
 * What `start` gives; throws `database-away` within 5 s when the database does not answer meanwhile, and at once while it is
 * known not to. Work that was given up may still be done when the database comes back, so whoever does it must be able to do
 * it twice.
 */
export async function awaitDatabase<T>(context: Context, start: () => Promise<T>): Promise<T> {
  const { database } = context;
  database.requireAnswering();
  const work = start();
  for (;;) {
    try {
      return await within(PATIENCE_MS, work, () => new StillWaiting());
    } catch (thrown) {
      if (!(thrown instanceof StillWaiting)) throw thrown;
      await database.ping();
    }
  }
}

class StillWaiting extends Error {}
