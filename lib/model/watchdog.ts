import { after, SECOND } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";

export type StallLimits = { readonly firstTokenMs: number; readonly stallMs: number };

/**
 * Notices a model that has gone silent. Until the first text any sign of life renews the first-token limit, so that a
 * model may think for long; from then on the stall limit counts. `signal` aborts with the error to throw.
 */
export interface Watchdog {
  readonly signal: AbortSignal;
  /** The server sent something. */
  alive(): void;
  /** The server sent text. */
  text(): void;
  stop(): void;
}

export function startWatchdog(name: string, limits: StallLimits): Watchdog {
  const controller = new AbortController();
  let speaking = false;
  let cancel = () => {};
  const arm = () => {
    cancel();
    const limitMs = speaking ? limits.stallMs : limits.firstTokenMs;
    cancel = after(limitMs, () => controller.abort(stalled(name, speaking, limitMs)));
  };
  arm();
  return {
    signal: controller.signal,
    alive: arm,
    text() {
      speaking = true;
      arm();
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
