import { after, every, SECOND, ticks, within } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import { databaseAway } from "#/lib/run/database-watch.ts";
import { LiveRun } from "#/lib/run/follow/live-run.ts";
import { PastReader } from "#/lib/run/follow/read-past.ts";
import { type LogPage, readTails } from "#/lib/store/read-tails.ts";
import { growthChannel } from "#/lib/stream/keys.ts";
import { listen } from "#/lib/stream/listen.ts";

/** Hints may be lost, or Redis may be away: every followed log is looked at this often. */
const LOOK_EVERY_MS = 1 * SECOND;
const LOOK_WITHIN_MS = 5 * SECOND;
const QUIET_MS = 15 * SECOND;
/** With many followers, what is written meanwhile is read and sent together. */
const FOLLOWERS_PER_MS = 25;
const LONGEST_PAUSE_MS = 40;

type Followed = { readonly run: LiveRun; users: number; isDue: boolean };

/**
 * One per process: it hears of growth over one subscription, and reads the news of all runs that grew in one statement,
 * whatever number of people follows them.
 */
export class Hub {
  readonly past: PastReader;
  readonly #context: Context;
  readonly #followed = new Map<string, Followed>();
  readonly #stops: readonly (() => void)[];
  #looking = false;
  #lookedAt = 0;
  #isTroubled = false;
  #isClosed = false;

  constructor(context: Context) {
    this.#context = context;
    this.past = new PastReader(context.store, (runId) => this.#followed.get(runId)?.run);
    this.#stops = [
      listen(context.doorbell, growthChannel(context.env.prefix), (message) => this.#hear(message)),
      every(LOOK_EVERY_MS, () => this.#lookAtAll()),
    ];
  }

  /** The run, shared with everybody who follows it. Its user calls `release` in the end. */
  use(runId: string): LiveRun {
    const known = this.#followed.get(runId) ?? { run: new LiveRun(), users: 0, isDue: false };
    known.users += 1;
    this.#followed.set(runId, known);
    return known.run;
  }

  release(runId: string): void {
    const known = this.#followed.get(runId);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users === 0) this.#followed.delete(runId);
  }

  /** From this record on the run is followed: whoever has read its log to the end says so. */
  begin(runId: string, seq: number): void {
    this.#followed.get(runId)?.run.begin(seq);
    if (this.#due().length > 0) this.#lookSoon();
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
  }

  /** Lines of `<run id> <seq>`. */
  #hear(message: string): void {
    for (const line of message.split("\n")) {
      const [runId = "", seq] = line.split(" ");
      const known = this.#followed.get(runId);
      if (known === undefined || Number(seq) <= (known.run.head ?? 0)) continue;
      known.isDue = true;
      this.#lookSoon();
    }
  }

  #lookAtAll(): void {
    for (const known of this.#followed.values()) {
      known.run.wakeIfQuiet(QUIET_MS);
      known.isDue = true;
    }
    this.#lookSoon();
  }

  /** Looks follow one another and never overlap; what grows during one is read by the next. */
  #lookSoon(): void {
    if (this.#looking || this.#followed.size === 0) return;
    this.#looking = true;
    const pauseMs = this.#lookedAt + this.#pauseMs() - ticks();
    if (pauseMs > 0) after(pauseMs, () => void this.#look());
    else void this.#look();
  }

  #pauseMs(): number {
    let followers = 0;
    for (const { run } of this.#followed.values()) followers += run.followers;
    return Math.min(LONGEST_PAUSE_MS, Math.floor(followers / FOLLOWERS_PER_MS));
  }

  async #look(): Promise<void> {
    this.#lookedAt = ticks();
    const due = this.#isClosed ? [] : this.#due();
    const isRead = due.length > 0 && (await this.#read(due));
    this.#looking = false;
    // After a failure the next try is the clock's.
    if (isRead && this.#due().length > 0) this.#lookSoon();
  }

  #due(): [string, Followed][] {
    return [...this.#followed].filter(([, { isDue, run }]) => isDue && run.head !== undefined && !run.over);
  }

  async #read(due: readonly [string, Followed][]): Promise<boolean> {
    for (const [, known] of due) known.isDue = false;
    try {
      const wanted = due.map(([runId, { run }]) => ({ runId, after: run.head ?? 0 }));
      const pages = await within(LOOK_WITHIN_MS, readTails(this.#context.store, wanted), databaseAway);
      for (const [index, [, known]] of due.entries()) take(known, pages[index] ?? null);
      this.#isTroubled = false;
      return true;
    } catch (thrown) {
      if (!this.#isTroubled)
        this.#context.log.warn({ error: messageOf(thrown) }, "runs cannot be followed; trying again");
      this.#isTroubled = true;
      return false;
    }
  }
}

function take(known: Followed, page: LogPage | null): void {
  known.run.take(page);
  if (page !== null && page.last < page.lastSeq) known.isDue = true;
}
