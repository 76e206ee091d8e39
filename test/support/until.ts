import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until `condition` gives something other than false, null or undefined, and returns it. Asks every 20 ms; fails with
 * `what` was waited for after `timeoutMs`, and with the error that `condition` threw last, if it threw.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, what }: { timeoutMs?: number; what: string },
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  let failure: unknown;
  while (performance.now() < deadline) {
    try {
      const found = await condition();
      if (isThere(found)) return found;
      failure = undefined;
    } catch (thrown) {
      failure = thrown;
    }
    await pause(20);
  }
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: failure });
}

function isThere<T>(found: T): found is Exclude<T, false | null | undefined> {
  return found !== false && found !== null && found !== undefined;
}
