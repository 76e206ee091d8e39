import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import { followRun } from "#/lib/run/follow-run.ts";
import type { Client } from "#/test/faults/client.ts";
import type { Random } from "#/test/faults/random.ts";

/** What one viewer saw: a hash of every event, in the order in which they came. */
export type Followed = {
  readonly hashes: readonly string[];
  /** How often it went away and came back. */
  readonly resumed: number;
  /** Resolves when it has seen the run's end, or its signal aborted. */
  readonly ended: Promise<void>;
};

type Options = {
  readonly signal: AbortSignal;
  /** Leaves in the middle at random, and comes back with its cursor. */
  readonly cut?: Random;
};

/** Longer than a follower is ever left without a sign of life. */
const SILENT_MS = 20_000;
const TRY_AGAIN_MS = 200;

export function hashOf(event: RunEvent): string {
  return createHash("sha256").update(JSON.stringify(event)).digest("base64url").slice(0, 16);
}

export function follow(client: Client, runId: string, options: Options): Followed {
  const hashes: string[] = [];
  let cursor = 0;
  let resumed = -1;
  let isOver = false;

  /** One connection: from the cursor until the end, a cut, or a fault. */
  async function connection(): Promise<void> {
    resumed += 1;
    const cut = new AbortController();
    const timer = options.cut && setTimeout(() => cut.abort(), options.cut.between(5, 1_500));
    const gone = AbortSignal.any([cut.signal, client.signal, options.signal]);
    try {
      const pages = followRun(client.context, runId, cursor, gone);
      for (let page = await nextPage(pages, gone); page; page = await nextPage(pages, gone)) page.forEach(see);
    } finally {
      clearTimeout(timer);
    }
  }

  function see(event: RunEvent): void {
    hashes.push(hashOf(event));
    cursor = event.seq;
    isOver = isEnd(event.type);
  }

  async function stay(): Promise<void> {
    while (!isOver && !options.signal.aborted) {
      await connection().catch(() => pause(TRY_AGAIN_MS));
      if (!isOver) await pause(options.cut?.between(1, 200) ?? TRY_AGAIN_MS);
    }
  }

  return {
    hashes,
    get resumed() {
      return resumed;
    },
    ended: stay(),
  };
}

/** Null when the follower is over or away; a call that hangs on a dead connection is left behind. */
async function nextPage(
  pages: AsyncGenerator<readonly RunEvent[]>,
  gone: AbortSignal,
): Promise<readonly RunEvent[] | null> {
  const { promise: left, resolve } = Promise.withResolvers<null>();
  const leave = () => resolve(null);
  const timer = setTimeout(leave, SILENT_MS);
  gone.addEventListener("abort", leave, { once: true });
  try {
    if (gone.aborted) return null;
    const next = pages.next();
    const found = await Promise.race([next, left]);
    if (found === null) next.catch(() => undefined);
    return found === null || found.done ? null : found.value;
  } finally {
    clearTimeout(timer);
    gone.removeEventListener("abort", leave);
  }
}
