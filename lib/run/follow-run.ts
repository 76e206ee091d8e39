import { after, SECOND, ticks } from "#/lib/clock.ts";
import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { readEvents } from "#/lib/store/events.ts";
import { findRun } from "#/lib/store/runs.ts";
import { growthChannel } from "#/lib/stream/keys.ts";
import { listen } from "#/lib/stream/listen.ts";

/** Hints may be lost, or Redis may be away: the log itself is looked at this often. */
const LOOK_EVERY_MS = 1 * SECOND;
const QUIET_MS = 15 * SECOND;
const PAGE = 500;

/**
 * The run's events after a cursor, page by page: first what is there, then what is appended, until the run's last event
 * has been given or the signal aborts. A page is empty when nothing has happened for 15 s. Every event is given exactly
 * once and in order, whatever becomes of Redis.
 */
export async function* followRun(
  context: Context,
  runId: string,
  cursor: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[]> {
  const growth = growthOf(context);
  let seen = cursor;
  let givenAt = ticks();
  while (!signal.aborted) {
    // Listening begins before the look, so that nothing can be appended unnoticed in between.
    const grown = growth.listen(runId, signal);
    const events = await readEvents(context.store.db, runId, seen, PAGE);
    seen = events.at(-1)?.seq ?? seen;
    if (events.length > 0 || ticks() - givenAt > QUIET_MS) {
      yield events;
      givenAt = ticks();
    }
    if (events.some((event) => isEnd(event.type))) return;
    if (events.length > 0) {
      grown.cancel();
      continue;
    }
    const run = await findRun(context.store.db, runId);
    if (run === null || (run.status !== "active" && run.lastSeq <= seen)) return;
    await grown.heard;
  }
}

/** One subscription for the whole process, shared by all who follow. */
class Growth {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #stop: () => void;

  constructor(context: Context) {
    this.#stop = listen(context.doorbell, growthChannel(context.env.prefix), (message) => {
      const runId = message.split(" ", 1)[0] ?? "";
      for (const wake of this.#waiting.get(runId) ?? []) wake();
    });
  }

  /** `heard` resolves when the run has grown, after a second, when the signal aborts, or when it is cancelled. */
  listen(runId: string, signal: AbortSignal): { readonly heard: Promise<void>; cancel(): void } {
    const waiting = this.#waiting.get(runId) ?? new Set();
    this.#waiting.set(runId, waiting);
    const { promise: heard, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      stopTimer();
      signal.removeEventListener("abort", wake);
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(runId) === waiting) this.#waiting.delete(runId);
      resolve();
    };
    const stopTimer = after(LOOK_EVERY_MS, wake);
    waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    return { heard, cancel: wake };
  }

  close(): void {
    this.#stop();
  }
}

const growths = new WeakMap<Context, Growth>();

function growthOf(context: Context): Growth {
  const known = growths.get(context);
  if (known) return known;
  const growth = new Growth(context);
  growths.set(context, growth);
  return growth;
}

/** Ends the subscription of a context that is being closed. */
export function stopFollowing(context: Context): void {
  growths.get(context)?.close();
  growths.delete(context);
}
