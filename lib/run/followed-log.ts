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

  constructor(context: Context, runId: string) {
    this.#context = context;
    this.#runId = runId;
  }

  /** Reads what has come since. */
  async read(): Promise<FoldedRun> {
    const events = await readNewEvents(this.#context.store, this.#runId, this.#seen);
    foldEvents(this.folded, events);
    this.#seen = events.at(-1)?.seq ?? this.#seen;
    return this.folded;
  }

  /**
   * Inside of a change whose last events are the end of `written`: takes these in without reading them. False, and nothing is
   * taken in, when others have written in between.
   */
  takeOwn(change: RunChange, written: readonly NewEvent[]): boolean {
    const last = change.nextSeq - 1;
    if (this.#seen + written.length !== last) return false;
    const events = written.map((event, index) => {
      return { ...event, runId: this.#runId, seq: this.#seen + index + 1, at: "", v: eventVersion } as RunEvent;
    });
    foldEvents(this.folded, events);
    this.#seen = last;
    return true;
  }
}
