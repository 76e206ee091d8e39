"use client";

import { isSeen } from "#/app/_ui/seen-again.ts";

const SHORTEST_PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 10_000;

/** Says when to look for what was done elsewhere: often at first, and more rarely the longer nothing happens. */
export class LookTimer {
  readonly #look: () => unknown;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #quietSince = 0;

  /** `look` is called once for each `wait`, and not while the page is not seen. */
  constructor(look: () => unknown) {
    this.#look = look;
  }

  /** Something has happened: from now on it is worth looking often again. */
  restart(): void {
    this.#quietSince = performance.now();
  }

  wait(): void {
    this.stop();
    const pauseMs = (performance.now() - this.#quietSince) / 10;
    this.#timer = setTimeout(
      () => isSeen() && this.#look(),
      Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, pauseMs)),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
