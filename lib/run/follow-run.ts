import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { Hub } from "#/lib/run/follow/hub.ts";
import { type Follower, type LiveRun, upTo } from "#/lib/run/follow/live-run.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";

/** Who looks on: he leaves when the signal aborts; `drop` is called when he is too slow to be kept waiting for. */
export type Viewer = { readonly signal: AbortSignal; readonly drop?: () => void };

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
  const following = new Following(context, runId, cursor, { signal });
  try {
    for (let page = await following.next(); page !== null; page = await following.next()) yield page.events;
  } finally {
    following.leave();
  }
}

/**
 * One viewer's way through a log. What is in memory for him is one page at a time; the newest pages are shared by all
 * viewers of the run, who are given the same objects.
 */
export class Following {
  readonly run: LiveRun;
  readonly #hub: Hub;
  readonly #runId: string;
  readonly #viewer: Viewer;
  readonly #follower: { seen: number } & Follower;
  #woken: PromiseWithResolvers<"grown" | "quiet"> | undefined;
  #ended = false;

  constructor(context: Context, runId: string, cursor: number, viewer: Viewer) {
    this.#hub = hubOf(context);
    this.#runId = runId;
    this.#viewer = viewer;
    this.run = this.#hub.use(runId);
    this.#follower = { seen: cursor, wake: this.#wake, drop: () => viewer.drop?.() };
    viewer.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The next page, an empty one after 15 s of quiet, or null at the end. Rejects when the past cannot be read. */
  async next(): Promise<LogPage | null> {
    while (!this.#ended && !this.#viewer.signal.aborted) {
      const isLive = this.run.holds(this.#follower.seen);
      if (isLive) this.run.join(this.#follower);
      const page = isLive ? this.run.pageBehind(this.#follower.seen) : await this.#readPast();
      if (page !== null) {
        this.#follower.seen = page.last;
        this.#ended ||= page.events.some(({ type }) => isEnd(type));
        if (page.events.length > 0) return page;
      } else if (isLive) {
        if (this.run.over) return null;
        if ((await this.#grown()) === "quiet") return quiet(this.#follower.seen);
      }
    }
    return null;
  }

  leave(): void {
    this.run.leave(this.#follower);
    this.#hub.release(this.#runId);
    this.#viewer.signal.removeEventListener("abort", this.#onAbort);
  }

  /** Never reads beyond what the others have been given: from there on the pages are theirs, too. */
  async #readPast(): Promise<LogPage | null> {
    const read = await this.#hub.past.read(this.#runId, this.#follower.seen);
    if (read === null) {
      this.#ended = true;
      return null;
    }
    const { head } = this.run;
    const page = head === undefined ? read : upTo(read, head);
    if (page.last >= read.lastSeq) {
      if (read.active) this.#hub.begin(this.#runId, page.last);
      else this.#ended = true;
    }
    return page;
  }

  #grown(): Promise<"grown" | "quiet"> {
    this.#woken = Promise.withResolvers();
    return this.#woken.promise;
  }

  readonly #wake = (why: "grown" | "quiet"): void => this.#woken?.resolve(why);
  readonly #onAbort = (): void => this.#wake("grown");
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
