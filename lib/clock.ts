/** The only place that reads the time of day or starts a timer. */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;

export function now(): number {
  return Date.now();
}

/** Milliseconds that never jump, for measuring how long something took. */
export function ticks(): number {
  return performance.now();
}

/** Resolves after `ms`, or at once and without an error when the signal aborts: callers look at the signal. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Calls `action` when what this turn of the event loop has brought is done. */
export function soon(action: () => void): void {
  setImmediate(action);
}

/** Calls `action` after `ms`; the returned function cancels it. An unref'd timer never keeps the process alive. */
export function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  timer.unref?.();
  return () => clearTimeout(timer);
}

/** Calls `action` every `ms`, never twice at once; the returned function stops it. */
export function every(ms: number, action: () => Promise<void> | void): () => void {
  let stopped = false;
  let cancel = () => {};
  const turn = async () => {
    try {
      await action();
    } finally {
      if (!stopped) cancel = after(ms, turn);
    }
  };
  cancel = after(ms, turn);
  return () => {
    stopped = true;
    cancel();
  };
}

/** `work`, or an error made by `late` after `ms`. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let cancel = () => {};
  const deadline = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    cancel = () => clearTimeout(timer);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    cancel();
  }
}
