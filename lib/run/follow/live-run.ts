import { ticks } from "#/lib/clock.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";

/** Kept for those who join a little behind. */
const RECENT_BYTES = 64 * 1_024;
/** Kept for those who follow and are slow. */
const MOST_BYTES = 1_024 * 1_024;

/** Somebody who has caught up with the run and takes its pages one after another. */
export type Follower = {
  /** The number of the last record that was given to him. */
  readonly seen: number;
  readonly wake: (why: "grown" | "quiet") => void;
  /** He is more than 1 MB behind: what he needs next is not kept any more, and he is not woken again. */
  readonly drop: () => void;
};

/**
 * A run that is being followed: its newest pages, each kept once for all followers and for as long as one of them needs it,
 * up to 1 MB. `head` is the number of the last record that was taken; undefined until somebody has read the log to its end.
 */
export class LiveRun {
  /** Told of each page when it is taken, before any follower is. */
  readonly watchers = new Set<(page: LogPage) => void>();
  readonly #followers = new Set<Follower>();
  readonly #pages: LogPage[] = [];
  #head: number | undefined;
  #from = 0;
  #bytes = 0;
  #over = false;
  #wokenAt = ticks();

  get head(): number | undefined {
    return this.#head;
  }

  /** Nothing will follow the head. */
  get over(): boolean {
    return this.#over;
  }

  get followers(): number {
    return this.#followers.size;
  }

  /** Everything behind `seen` is kept here, or will be. */
  holds(seen: number): boolean {
    return this.#head !== undefined && seen >= this.#from;
  }

  /** From this record on, pages are taken. Of several callers the first decides. */
  begin(seq: number): void {
    if (this.#head !== undefined) return;
    this.#head = seq;
    this.#from = seq;
  }

  join(follower: Follower): void {
    this.#followers.add(follower);
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** The next page behind `seen`, or null when there is none yet. */
  pageBehind(seen: number): LogPage | null {
    const page = this.#pages.find(({ last }) => last > seen);
    return page === undefined ? null : behind(page, seen);
  }

  /** The next page of the log, or null when the run is gone. What is known already is left out. */
  take(read: LogPage | null): void {
    const head = this.#head ?? 0;
    if (read !== null && read.last > head) this.#append(behind(read, head));
    this.#over = read === null || (!read.active && read.lastSeq <= Math.max(head, read.last));
    if (this.#over || this.#head !== head) this.#wake("grown");
  }

  /** Wakes everybody when nothing has happened for that long. */
  wakeIfQuiet(quietMs: number): void {
    if (ticks() - this.#wokenAt >= quietMs) this.#wake("quiet");
  }

  #append(page: LogPage): void {
    this.#pages.push(page);
    this.#bytes += page.bytes;
    this.#head = page.last;
    for (const watch of this.watchers) watch(page);
    this.#trim();
  }

  #trim(): void {
    const needed = this.#needed();
    for (let oldest = this.#pages[0]; oldest !== undefined && this.#pages.length > 1; oldest = this.#pages[0]) {
      const isKept = this.#bytes <= RECENT_BYTES || (oldest.last > needed && this.#bytes <= MOST_BYTES);
      if (isKept) break;
      this.#pages.shift();
      this.#bytes -= oldest.bytes;
      this.#from = oldest.last;
    }
    if (needed < this.#from) this.#dropSlow();
  }

  /** The record behind which the slowest follower stands. */
  #needed(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { seen } of this.#followers) least = Math.min(least, seen);
    return least;
  }

  #dropSlow(): void {
    for (const follower of this.#followers) {
      if (follower.seen >= this.#from) continue;
      this.#followers.delete(follower);
      follower.drop();
    }
  }

  #wake(why: "grown" | "quiet"): void {
    this.#wokenAt = ticks();
    for (const follower of this.#followers) follower.wake(why);
  }
}

/** The part of a page behind `seen`; the page itself when that is all of it. */
export function behind(page: LogPage, seen: number): LogPage {
  if (seen <= page.after) return page;
  return part(page, seen, page.last);
}

/** The part of a page up to and including a record. */
export function upTo(page: LogPage, last: number): LogPage {
  if (page.last <= last) return page;
  return part(page, page.after, last);
}

function part(page: LogPage, after: number, last: number): LogPage {
  const events = page.events.filter(({ seq }) => seq > after && seq <= last);
  const bytes = page.events.length === 0 ? 0 : Math.ceil((page.bytes * events.length) / page.events.length);
  return { ...page, after, last, events, bytes };
}
