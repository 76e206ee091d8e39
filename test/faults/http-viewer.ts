import { createHash } from "node:crypto";
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { isEnd } from "#/lib/protocol/event.ts";
import type { Followed } from "#/test/faults/follower.ts";
import type { Asked } from "#/test/faults/load.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";

/** One connection to the events of a run, read as they come. */
export type Connection = {
  /** Resolves with the status when the answer begins; rejects when none does. */
  readonly status: Promise<number>;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  /** Bytes taken so far. */
  readonly bytes: number;
  /** Takes nothing more from its socket until `resume`. */
  pause(): void;
  resume(): void;
  leave(): void;
};

/** `frame` is called with the id and the data of each event that has come whole; after `mostBytes` the connection is cut. */
export function connectTo(
  baseUrl: string,
  runId: string,
  lastEventId: number | string,
  frame: (id: number, data: string) => void,
  mostBytes = Number.POSITIVE_INFINITY,
): Connection {
  const headers = { accept: "text/event-stream", "last-event-id": String(lastEventId) };
  const request: ClientRequest = get(`${baseUrl}/api/runs/${runId}/events`, { agent: false, headers });
  const answer = Promise.withResolvers<number>();
  const closed = Promise.withResolvers<void>();
  let response: IncomingMessage | undefined;
  let rest = "";
  let bytes = 0;
  answer.promise.catch(() => undefined);
  request.on("response", (opened) => {
    response = opened;
    answer.resolve(opened.statusCode ?? 0);
    opened.setEncoding("utf8").on("data", (text: string) => {
      const frames = (rest + text.slice(0, mostBytes - bytes)).split("\n\n");
      bytes += text.length;
      rest = frames.pop() ?? "";
      for (const one of frames) read(one, frame);
      if (bytes >= mostBytes) request.destroy();
    });
    opened.on("error", () => closed.resolve()).on("close", () => closed.resolve());
  });
  request.on("error", (error) => {
    answer.reject(error);
    closed.resolve();
  });
  return {
    status: answer.promise,
    closed: closed.promise,
    get bytes() {
      return bytes;
    },
    pause: () => response?.pause(),
    resume: () => response?.resume(),
    leave: () => request.destroy(),
  };
}

function read(text: string, frame: (id: number, data: string) => void): void {
  const [, id, data] = /^id: (\d+)\ndata: ([^\n]*)$/.exec(text) ?? [];
  if (id !== undefined && data !== undefined) frame(Number(id), data);
}

export type Cuts = {
  readonly random: Random;
  readonly times: number;
  /** A connection is cut after at most so many bytes. */
  readonly mostBytes: number;
};

type Options = {
  readonly signal: AbortSignal;
  readonly cuts?: Cuts;
  /** Every event as it comes, and when. */
  readonly seen?: (data: string, at: number) => void;
};

const TRY_AGAIN_MS = 100;
const LAST_LOOK_MS = 30_000;

/** A viewer by HTTP who comes back with its Last-Event-ID until it has seen the end; `baseUrl` is asked for each time. */
export function followByHttp(baseUrl: () => string, runId: string, { signal, cuts, seen }: Options): Followed {
  const hashes: string[] = [];
  let cursor = 0;
  let connections = 0;
  let isOver = false;

  async function connect(): Promise<void> {
    connections += 1;
    const isCut = cuts !== undefined && connections <= cuts.times;
    const mostBytes = isCut ? cuts.random.between(1, cuts.mostBytes) : undefined;
    const connection = connectTo(baseUrl(), runId, cursor, take, mostBytes);
    const leave = () => connection.leave();
    signal.addEventListener("abort", leave, { once: true });
    await connection.closed;
    signal.removeEventListener("abort", leave);
  }

  function take(id: number, data: string): void {
    hashes.push(createHash("sha256").update(data).digest("base64url").slice(0, 16));
    cursor = id;
    isOver = isEnd(/"type":"([a-z.-]+)"/.exec(data)?.[1] ?? "");
    seen?.(data, Date.now());
  }

  async function stay(): Promise<void> {
    while (!isOver && !signal.aborted) {
      const before = cursor;
      await connect();
      if (!isOver && cursor === before) await pause(TRY_AGAIN_MS);
    }
  }

  return {
    hashes,
    get resumed() {
      return Math.max(0, connections - 1);
    },
    ended: stay(),
  };
}

/** One more viewer on each run of the ledger, through a web process that comes and goes. Resolves with how many there were. */
export function viewByHttp({ ledger }: Pick<Stack, "ledger">, baseUrl: () => string): () => Promise<number> {
  const known = new Set<Asked>();
  const ended: Promise<void>[] = [];
  const over = new AbortController();
  const look = setInterval(() => {
    for (const asked of ledger.filter((one) => !known.has(one) && one.followed.length > 0)) {
      known.add(asked);
      const viewer = followByHttp(baseUrl, asked.runId ?? "", { signal: over.signal });
      asked.followed = [...asked.followed, viewer];
      ended.push(viewer.ended);
    }
  }, 20);
  return async () => {
    clearInterval(look);
    await Promise.race([Promise.all(ended), pause(LAST_LOOK_MS)]);
    over.abort();
    return ended.length;
  };
}
