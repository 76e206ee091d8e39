import { now, sleep } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Running } from "#/lib/launch/embedded-server.ts";

export type Start<T extends Running> = (onExit: (reason: string) => void) => Promise<T>;

export type Supervised<T extends Running> = {
  /** What the first start gave. */
  readonly first: T;
  /** Ends it as `stop` does and starts it again: what it starts from may have changed. Tried for as long as it takes. */
  renew(): Promise<void>;
  /** Never starts it again, ends it and waits until it has ended. */
  stop(): Promise<void>;
  kill(): void;
};

export type Hooks = {
  say(line: string): void;
  started?(pid: number): void;
  /** Called, and waited for, before the child is started again. Its faults are said, no more. */
  ended?(): Promise<void>;
};

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Who has lived that long is started again without waiting. */
const STEADY_MS = 30_000;

/** The pause before the next start: doubles from 0.2 s to 5 s while the child keeps dying young. */
export function nextPause(lastPauseMs: number, livedMs: number): number {
  if (livedMs >= STEADY_MS || lastPauseMs === 0) return SHORTEST_PAUSE_MS;
  return Math.min(lastPauseMs * 2, LONGEST_PAUSE_MS);
}

/**
 * Starts a child and keeps it running until it is stopped. Throws what the first start throws; later ones are tried again
 * for as long as it takes, each said aloud.
 */
export async function supervise<T extends Running>(
  name: string,
  start: Start<T>,
  hooks: Hooks,
): Promise<Supervised<T>> {
  const stopping = new AbortController();
  let running: T | null = null;
  let restarting = Promise.resolve();
  let pauseMs = 0;

  const launch = async () => {
    const startedAt = now();
    const launched = await start((reason) => {
      running = null;
      restarting = restart(reason, now() - startedAt);
    });
    hooks.started?.(launched.pid);
    running = launched;
    return launched;
  };

  const restart = async (reason: string, livedMs: number) => {
    await report(hooks, name);
    pauseMs = nextPause(pauseMs, livedMs);
    await startAgain(`ended (${reason})`);
  };

  const startAgain = async (reason: string) => {
    let why = reason;
    while (!stopping.signal.aborted) {
      hooks.say(`${name} ${why}; starting it again in ${pauseMs / 1_000} s`);
      await sleep(pauseMs, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await launch();
        hooks.say(`${name} runs again`);
        return;
      } catch (thrown) {
        why = `cannot be started: ${messageOf(thrown)}`;
        pauseMs = nextPause(pauseMs, 0);
      }
    }
  };

  const renew = async () => {
    await running?.stop();
    running = null;
    if (stopping.signal.aborted) return;
    try {
      await launch();
    } catch (thrown) {
      pauseMs = nextPause(pauseMs, 0);
      await startAgain(`cannot be started: ${messageOf(thrown)}`);
    }
  };

  const first = await launch();
  return {
    first,
    renew: () => {
      restarting = restarting.then(renew);
      return restarting;
    },
    stop: async () => {
      stopping.abort();
      await restarting;
      await running?.stop();
    },
    kill: () => {
      stopping.abort();
      running?.kill();
    },
  };
}

async function report(hooks: Hooks, name: string): Promise<void> {
  try {
    await hooks.ended?.();
  } catch (thrown) {
    hooks.say(`the end of ${name} could not be reported: ${messageOf(thrown)}`);
  }
}
