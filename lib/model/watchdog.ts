import { after, SECOND, ticks } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";

export type StallLimits = { readonly firstTokenMs: number; readonly stallMs: number };

/** Timers cannot be longer than 2^31 ms. */
const longestTimerMs = 2 ** 30;

/**
 * Notices a model that has gone silent. Until the first text any sign of life renews the first-token limit, so that a
 * model may think for long; from then on the stall limit counts. `signal` aborts with the error to throw.
 */
export interface Watchdog {
  readonly signal: AbortSignal;
  /** The server sent something. */
  alive(): void;
  /** The server sent text, and the reader is busy with it: until `resume` nothing counts as silence of the model. */
  text(): void;
  /** The reader wants more. */
  resume(): void;
  stop(): void;
}

/** One timer, which looks at the time of the last sign of life: a delta costs no timer of its own. */
export function startWatchdog(name: string, limits: StallLimits): Watchdog {
  const controller = new AbortController();
  let heardAt = ticks();
  let speaking = false;
  let held = false;
  let cancel = () => {};
  const limitMs = () => (speaking ? limits.stallMs : limits.firstTokenMs);
  const alive = () => {
    heardAt = ticks();
  };
  const watchFor = (ms: number) => {
    cancel = after(Math.min(ms, longestTimerMs), look);
  };
  const look = () => {
    const leftMs = held ? limitMs() : heardAt + limitMs() - ticks();
    if (leftMs > 0) watchFor(leftMs);
    else controller.abort(stalled(name, speaking, limitMs()));
  };
  watchFor(limits.firstTokenMs);
  return {
    signal: controller.signal,
    alive,
    text() {
      held = true;
      if (speaking) return;
      speaking = true;
      cancel();
      watchFor(limits.stallMs);
    },
    resume() {
      held = false;
      alive();
    },
    stop: () => cancel(),
  };
}

function stalled(name: string, speaking: boolean, limitMs: number): DeputyError {
  const [what, setting] = speaking
    ? ["stopped in the middle of its answer and sent nothing", "DEPUTY_MODEL_STALL_SECONDS"]
    : ["sent nothing", "DEPUTY_MODEL_FIRST_TOKEN_SECONDS"];
  const message = `The model ${name} ${what} for ${limitMs / SECOND} s (${setting} sets this limit).`;
  return new DeputyError("model-stalled", message, { retryable: true });
}
