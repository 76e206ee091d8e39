import { after, SECOND } from "#/lib/clock.ts";
import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { readEvents } from "#/lib/store/events.ts";
import { findRun } from "#/lib/store/runs.ts";
import { growthChannel } from "#/lib/stream/keys.ts";
import { listen } from "#/lib/stream/listen.ts";

/** Hints may be lost, or Redis may be away: the log itself is looked at this often. */
const LOOK_EVERY_MS = 1 * SECOND;
const PAGE = 500;

/**
 * The run's events after a cursor, page by page: first what is there, then what is appended, until the run's last event
 * has been given or the signal aborts. A page may be empty: nothing happened for a while. Every event is given exactly
 * once and in order, whatever becomes of Redis.
 */
export async function* followRun(
  context: Context,
  runId: string,
  cursor: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[]> {
  const growth = growthOf(context);
  let after = cursor;
  while (!signal.aborted) {
    const heard = growth.next(runId, signal);
    const events = await readEvents(context.store.db, runId, after, PAGE);
    after = events.at(-1)?.seq ?? after;
    if (events.length > 0) yield events;
    if (events.some((event) => isEnd(event.type))) return;
    if (events.length > 0) continue;
    const run = await findRun(context.store.db, runId);
    if (run === null || (run.status !== "active" && run.lastSeq <= after)) return;
    await heard;
    yield [];
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

  /** Resolves when the run has grown, after a second, or when the signal aborts. */
  next(runId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(runId) ?? new Set();
      this.#waiting.set(runId, waiting);
      const wake = () => {
        cancel();
        signal.removeEventListener("abort", wake);
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(runId);
        resolve();
      };
      const cancel = after(LOOK_EVERY_MS, wake);
      waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
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
