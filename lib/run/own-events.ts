import type { NewEvent } from "#/lib/protocol/event.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/** The events that one process writes in a row, in the order in which it asks for them. */
export class OwnEvents {
  readonly #writes: (readonly NewEvent[])[] = [];

  /** Of a change that is asked for now; to be called inside of it. It may be undone and made anew: the last time counts. */
  expect(): (change: RunChange) => void {
    const at = this.#writes.push([]) - 1;
    return ({ events }) => {
      this.#writes[at] = [...events];
    };
  }

  get all(): readonly NewEvent[] {
    return this.#writes.flat();
  }
}
