import { DeputyError } from "#/lib/errors.ts";

/** More than are begun in a second on a small machine; beyond it answers would come too late for whoever waits. */
const MOST_AT_ONCE = 128;

let underWay = 0;

/**
 * Starts a run, or turns it away at once while too many are being started: 503 with Retry-After, and nothing was done. The
 * same message id may be sent again at any time.
 */
export async function admitted<T>(start: () => Promise<T>): Promise<T> {
  if (underWay >= MOST_AT_ONCE) {
    throw new DeputyError(
      "busy",
      "Too many messages come in right now. This one was not taken; send it again in a moment.",
    );
  }
  underWay += 1;
  try {
    return await start();
  } finally {
    underWay -= 1;
  }
}
