import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { Hub } from "#/lib/run/follow/hub.ts";
import type { Follower, LiveRun } from "#/lib/run/follow/live-run.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";

/** Who looks on. */
export type Viewer = {
  /** There may be something to take now. */
  readonly ready: () => void;
  /** He is too slow to be kept waiting for. */
  readonly drop: () => void;
};

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
): AsyncGenerator<readonly RunEvent[]> {
  let woken = Promise.withResolvers<void>();
  const wake = () => woken.resolve();
  const following = new Following(context, runId, cursor, { ready: wake, drop: () => undefined });
  signal.addEventListener("abort", wake, { once: true });
  try {
    while (!signal.aborted) {
      const page = following.take();
      if (page === null) return;
      if (page !== undefined) yield page.events;
      else {
        await woken.promise;
        woken = Promise.withResolvers();
      }
    }
  } finally {
    signal.removeEventListener("abort", wake);
    following.leave();
  }
}

/**
 * One viewer's way through a log. What is in memory for him is one page at a time; the newest pages are shared by all
 * viewers of the run, who are given the same objects. Nothing is made for him while he waits: there may be many of him.
 */
export class Following {
  readonly run: LiveRun;
  readonly #hub: Hub;
  readonly #runId: string;
  readonly #viewer: Viewer;
  readonly #follower: { seen: number } & Follower;
  /** What was read for him alone. */
  #past: LogPage | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #isReading = false;
  #isQuiet = false;
  #isEnded = false;
  #isLeft = false;

  constructor(context: Context, runId: string, cursor: number, viewer: Viewer) {
    this.#hub = hubOf(context);
    this.#runId = runId;
    this.#viewer = viewer;
    this.run = this.#hub.use(runId);
    this.#follower = { seen: cursor, wake: (why) => this.#wake(why), drop: viewer.drop };
  }

  /**
   * The next page, or an empty one after 15 s of quiet; undefined when there is none yet: the viewer is told when there may
   * be one. Null at the end. Throws when the past cannot be read.
   */
  take(): LogPage | null | undefined {
    for (let page = this.#next(); page != null; page = this.#next()) {
      this.#follower.seen = page.last;
      this.#isEnded ||= page.events.some(({ type }) => isEnd(type));
      this.#isQuiet = false;
      if (page.events.length > 0) return page;
    }
    if (this.#isEnded) return null;
    if (!this.#isQuiet) return undefined;
    this.#isQuiet = false;
    return quiet(this.#follower.seen);
  }

  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.run.leave(this.#follower);
    this.#hub.release(this.#runId);
  }

  /** The next page, which may hold nothing that can be read; null when there is none yet, or none any more. */
  #next(): LogPage | null {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    const past = this.#past;
    this.#past = undefined;
    if (past !== undefined) return past;
    if (this.#isEnded) return null;
    if (this.run.holds(this.#follower.seen)) return this.#nextLive();
    if (!this.#isReading) void this.#readPast();
    return null;
  }

  #nextLive(): LogPage | null {
    this.run.join(this.#follower);
    const page = this.run.pageBehind(this.#follower.seen);
    this.#isEnded = page === null && this.run.over;
    return page;
  }

  async #readPast(): Promise<void> {
    this.#isReading = true;
    try {
      const page = await this.#hub.past.read(this.#runId, this.#follower.seen);
      this.#past = page ?? undefined;
      const isAll = page === null || page.last >= page.lastSeq;
      if (isAll && page?.active === true) this.#hub.begin(this.#runId, page.last);
      else this.#isEnded = isAll;
    } catch (thrown) {
      this.#failure = { thrown };
    }
    this.#isReading = false;
    this.#viewer.ready();
  }

  #wake(why: "grown" | "quiet"): void {
    this.#isQuiet ||= why === "quiet";
    this.#viewer.ready();
  }
}

function quiet(seen: number): LogPage {
  return { after: seen, last: seen, events: [], bytes: 0, lastSeq: seen, active: true };
}

const hubs = new WeakMap<Context, Hub>();

function hubOf(context: Context): Hub {
  const known = hubs.get(context);
  if (known) return known;
  const hub = new Hub(context);
  hubs.set(context, hub);
  return hub;
}

/** Ends the subscription of a context that is being closed. */
export function stopFollowing(context: Context): void {
  hubs.get(context)?.close();
  hubs.delete(context);
}
