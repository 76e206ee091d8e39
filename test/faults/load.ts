import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { within } from "#/lib/clock.ts";
import { asDeputyError } from "#/lib/errors.ts";
import { startRun } from "#/lib/run/start-run.ts";
import type { Client } from "#/test/faults/client.ts";
import { type Followed, follow } from "#/test/faults/follower.ts";
import { messageOf, type Order } from "#/test/faults/order.ts";
import type { Random } from "#/test/faults/random.ts";

/** One line of the client's ledger: what was asked, and all that was seen of it. */
export type Asked = {
  readonly order: Order;
  readonly messageId: string;
  /** Set once the product has accepted the run. */
  runId?: string;
  acceptedAt?: number;
  /** Codes of the refusals before. */
  readonly refused: string[];
  /** The first viewer stays, the second is cut and comes back at random. */
  followed: readonly Followed[];
  /** Unix time at which the first viewer saw the end. */
  endedAt?: number;
};

export type LoadOptions = {
  /** Runs under way at once; as soon as one has ended, the next is asked for. */
  readonly atOnce: number;
  /** Asks no more behind so many; without it, until `finish`. */
  readonly total?: number;
  /** Who asks and looks on. Default: the stack's own client. */
  readonly client?: Client;
  readonly order: (random: Random, number: number) => Omit<Order, "nonce">;
};

export type Load = {
  /** Waits until all have ended; without a total, asks for no more. Throws when nothing moves for a minute. */
  finish(): Promise<void>;
  /** Leaves everything as it stands. */
  abandon(): void;
};

const TRY_AGAIN_MS = 200;
const ANSWER_WITHIN_MS = 20_000;
const STUCK_MS = 60_000;

/** Keeps the product busy; every accepted run is entered in the ledger and followed by two viewers. */
export function startLoad(client: Client, ledger: Asked[], random: Random, options: LoadOptions): Load {
  const over = new AbortController();
  const mine: Asked[] = [];
  let stopping = false;

  async function keepAsking(): Promise<void> {
    while (!stopping && mine.length < (options.total ?? Number.POSITIVE_INFINITY)) {
      const nonce = `n${ledger.length}-${random.between(0, 1e9).toString(36)}`;
      const order = { nonce, ...options.order(random, ledger.length) };
      const asked: Asked = { order, messageId: randomUUID(), refused: [], followed: [] };
      ledger.push(asked);
      mine.push(asked);
      await ask(client, asked, over.signal);
      await watch(client, asked, random.fork(nonce), over.signal);
    }
  }
  const all = Promise.all(Array.from({ length: options.atOnce }, keepAsking));

  return {
    async finish() {
      stopping = options.total === undefined;
      try {
        await Promise.race([all, untilStuck(mine)]);
      } finally {
        over.abort();
      }
    },
    abandon() {
      stopping = true;
      over.abort();
    },
  };
}

/** Asks until it is accepted, each time with the same message id: however often it was heard, it is one run. */
async function ask(client: Client, asked: Asked, signal: AbortSignal): Promise<void> {
  const message = {
    conversationId: randomUUID(),
    messageId: asked.messageId,
    text: messageOf(asked.order),
    again: false,
  };
  while (!signal.aborted) {
    try {
      const late = () => new Error("no answer");
      const { runId } = await within(ANSWER_WITHIN_MS, startRun(client.context, message), late);
      asked.runId = runId;
      asked.acceptedAt = Date.now();
      return;
    } catch (thrown) {
      asked.refused.push(asDeputyError(thrown, "unavailable").code);
      await pause(TRY_AGAIN_MS);
    }
  }
}

async function watch(client: Client, asked: Asked, random: Random, signal: AbortSignal): Promise<void> {
  const { runId } = asked;
  if (runId === undefined) return;
  const steady = follow(client, runId, { signal });
  const restless = follow(client, runId, { signal, cut: random });
  asked.followed = [steady, restless];
  await steady.ended;
  asked.endedAt = Date.now();
  await restless.ended;
}

/** Rejects when no viewer of an unfinished run has seen anything for a minute. */
async function untilStuck(mine: readonly Asked[]): Promise<never> {
  const seen = () => mine.reduce((sum, { followed, runId }) => sum + (runId ? 1 : 0) + seenBy(followed), 0);
  let known = -1;
  let since = performance.now();
  for (;;) {
    await pause(500, undefined, { ref: false });
    const now = seen();
    if (now !== known) since = performance.now();
    known = now;
    if (performance.now() - since > STUCK_MS) throw new Error(stuckRuns(mine));
  }
}

function seenBy(followed: readonly Followed[]): number {
  return followed.reduce((sum, { hashes }) => sum + hashes.length, 0);
}

function stuckRuns(mine: readonly Asked[]): string {
  const open = mine.filter(({ endedAt }) => endedAt === undefined);
  const told = open.slice(0, 10).map(({ order, runId, refused }) => `${order.nonce} ${runId} ${refused.at(-1) ?? ""}`);
  return `nothing has moved for ${STUCK_MS / 1_000} s; ${open.length} runs are open: ${told.join("; ")}`;
}
