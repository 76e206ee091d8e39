import { after } from "#/lib/clock.ts";

/** What one proxy may use up in its life: bytes in both directions as they go over the wire, connections, and time. */
export type Limits = { readonly maxBytes: number; readonly maxRequests: number; readonly maxMs: number };

export type Meter = {
  /** Counts a request; false when there may be no more of them. */
  request(): boolean;
  bytes(count: number): void;
  /** Which limit was reached, as a clause; null as long as none was. */
  spent(): string | null;
  stop(): void;
};

/** Counts until a limit is passed, and calls `onSpent` at that moment, once. */
export function createMeter(limits: Limits, onSpent: () => void): Meter {
  let bytes = 0;
  let requests = 0;
  let spent: string | null = null;
  const end = (reason: string) => {
    if (spent) return;
    spent = reason;
    onSpent();
  };
  const stop = after(limits.maxMs, () => end(`the time limit of ${Math.round(limits.maxMs / 1_000)} seconds`));

  return {
    request() {
      if (++requests > limits.maxRequests) end(`the limit of ${limits.maxRequests} requests`);
      return spent === null;
    },
    bytes(count) {
      bytes += count;
      if (bytes > limits.maxBytes) end(`the limit of ${Math.round(limits.maxBytes / 1_000_000)} MB`);
    },
    spent: () => spent,
    stop,
  };
}
