import { eventVersion, type NewEvent, type RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { type FoldedRun, foldEvents, newFold } from "#/lib/run/fold-run.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { readNewEvents } from "#/lib/store/events.ts";

/** The run folded up to the newest event that is known of it. */
export class FollowedLog {
  readonly folded: FoldedRun = newFold();
  readonly #context: Context;
  readonly #runId: string;
  #seen = 0;
  /** What was taken in without being read: by a change of which nobody knows yet whether it was committed. */
  #taken: { readonly from: number; readonly written: string } | undefined;

  constructor(context: Context, runId: string) {
    this.#context = context;
    this.#runId = runId;
  }

  /** Reads what has come since. */
  async read(): Promise<FoldedRun> {
    const events = await readNewEvents(this.#context.store, this.#runId, this.#seen);
    foldEvents(this.folded, events);
    this.#seen = events.at(-1)?.seq ?? this.#seen;
    this.#taken = undefined;
    return this.folded;
  }

  /** Inside of a change: nothing was written behind what is known. */
  isWhole({ run }: RunChange): boolean {
    return run.lastSeq === this.#seen;
  }

  /**
   * Inside of a change whose last events are the end of `written`: takes these in without reading them. False when others have
   * written in between. A change may be undone and made anew: what was taken in then counts when it is the same again, and
   * else all is read anew.
   */
  takeOwn(change: RunChange, written: readonly NewEvent[]): boolean {
    const last = change.nextSeq - 1;
    const from = last - written.length;
    if (this.#taken !== undefined) {
      if (this.#taken.from === from && this.#taken.written === JSON.stringify(written)) return true;
      this.#forget();
      return false;
    }
    if (this.#seen !== from) return false;
    const events = written.map((event, index) => {
      return { ...event, runId: this.#runId, seq: from + index + 1, at: "", v: eventVersion } as RunEvent;
    });
    foldEvents(this.folded, events);
    this.#seen = last;
    this.#taken = { from, written: JSON.stringify(written) };
    return true;
  }

  #forget(): void {
    for (const name of Object.keys(this.folded)) Reflect.deleteProperty(this.folded, name);
    Object.assign(this.folded, newFold());
    this.#seen = 0;
    this.#taken = undefined;
  }
}
