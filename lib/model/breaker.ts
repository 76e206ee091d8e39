import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from "cockatiel";
import { now } from "#/lib/clock.ts";

export type BreakerSettings = {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open before one call may try again. */
  readonly openMs: number;
};

/** How a call ended. `nothing`: it says nothing of the other side (given up, refused), and does not count. */
export type Outcome = "succeeded" | "failed" | "nothing";

/** The right to make one call. */
export interface Pass {
  /** Must be called once the call is over; only the first outcome counts. Never rejects. */
  settle(outcome: Outcome): Promise<void>;
}

type Place = { resolve(outcome: Outcome): void; readonly counted: Promise<unknown> };

/**
 * A circuit breaker whose calls may last as long as a stream: `enter` hands out a pass, the pass is settled when the stream
 * has ended. Closed: everybody may enter. Open: nobody, for `openMs`. Then one call is let in (the probe); its success closes
 * the breaker, its failure opens it again, and when it counts as nothing the next caller is the probe.
 */
export class Breaker {
  readonly #openMs: number;
  readonly #policy: CircuitBreakerPolicy;
  #openUntil = 0;
  #failures = 0;
  /** The place of a probe that was given up. */
  #vacant: Place | undefined;

  constructor({ failures, openMs }: BreakerSettings) {
    const breaker = new ConsecutiveBreaker(failures);
    const isFailure = handleWhenResult((outcome) => outcome === "failed");
    this.#openMs = openMs;
    this.#policy = circuitBreaker(isFailure, { breaker, halfOpenAfter: openMs });
    this.#policy.onBreak(() => {
      this.#openUntil = now() + openMs;
      this.#failures = breaker.state;
      this.#vacant = undefined;
    });
  }

  /** Failures in a row when it was opened last. */
  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds after which it is worth asking again; 0: `enter` gives a pass now. */
  get waitMs(): number {
    switch (this.#policy.state) {
      case CircuitState.Open:
        return Math.max(this.#openUntil - now(), 0);
      case CircuitState.HalfOpen:
        return this.#vacant ? 0 : Math.ceil(this.#openMs / 4);
      default:
        return 0;
    }
  }

  /** True while the other side is not known to be well: open, or on trial. */
  get isTripped(): boolean {
    return this.#policy.state !== CircuitState.Closed;
  }

  /** Null while it is open or another call is its probe. */
  enter(): Pass | null {
    if (this.waitMs > 0) return null;
    const place = this.#vacant ?? this.#newPlace();
    this.#vacant = undefined;
    return this.#passTo(place, this.isTripped);
  }

  #newPlace(): Place {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    return { resolve, counted: this.#policy.execute(() => promise) };
  }

  #passTo(place: Place, isProbe: boolean): Pass {
    let settled = false;
    return {
      settle: async (outcome) => {
        if (settled) return;
        settled = true;
        if (outcome !== "nothing") {
          place.resolve(outcome);
          await place.counted;
        } else if (isProbe) this.#vacant = place;
      },
    };
  }
}
