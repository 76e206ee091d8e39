import { soon, ticks } from "#/lib/clock.ts";

const SLICE_MS = 4;

/**
 * Does what it is given in order, for a few milliseconds in each turn of the event loop, so that everything else goes on in
 * between. What it is given must not throw.
 */
export class Slices {
  readonly #waiting: (() => void)[] = [];
  #isGoing = false;

  add(work: () => void): void {
    this.#waiting.push(work);
    if (!this.#isGoing) soon(() => this.#go());
    this.#isGoing = true;
  }

  #go(): void {
    const until = ticks() + SLICE_MS;
    do this.#waiting.shift()?.();
    while (this.#waiting.length > 0 && ticks() < until);
    this.#isGoing = this.#waiting.length > 0;
    if (this.#isGoing) soon(() => this.#go());
  }
}
