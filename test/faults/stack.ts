import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "#/lib/errors.ts";
import { releaseWorker } from "#/lib/run/release-worker.ts";
import { type Client, openClient } from "#/test/faults/client.ts";
import { Effects } from "#/test/faults/effects.ts";
import { type Asked, type Load, type LoadOptions, startLoad } from "#/test/faults/load.ts";
import { type Random, seeded } from "#/test/faults/random.ts";
import type { Relay } from "#/test/faults/relay.ts";
import type { Servers } from "#/test/faults/servers.ts";
import { spawnWeb, type WebProcess } from "#/test/faults/web-process.ts";
import { spawnWorker, type WorkerProcess } from "#/test/faults/worker-process.ts";

/**
 * What a fault is given: real servers, real worker processes, a client that keeps a ledger. How to write one:
 *
 *   1. A file `faults/f07-redis-empty.ts` exports a `Fault`; it is named in catalogue.ts.
 *   2. `run` starts workers (`stack.startWorker`), then load (`stack.load({ atOnce, order: mixedOrder })`, see orders.ts).
 *   3. It injects the fault `repeats` times, with choices drawn from `stack.random` alone:
 *        a process      worker.signal("SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT")
 *        a server       stack.servers.redis.kill() / .stop() / .start() / .signal("SIGSTOP"); withRedis for commands
 *        the network    const relay = await stack.servers.redis.relay(); startWorker({ redis: relay });
 *                       relay.set({ kind: "hold" | "delay" | "drip" | "reset" | "pass" }), relay.cutAfter(bytes, direction)
 *        a moment       relay.tap((chunk, direction) => ...) sees each chunk before it passes: what it kills there has sent or
 *                       received exactly what came before. See crash-points.ts.
 *        an agent       TaskOrder.does in the order: fail, final, crash, burn, eat, hang, stubborn, chatter
 *   4. It measures with `stack.effects` (what agents and model really did, when, in which worker) and `until`.
 *   5. It cures the fault, calls `load.finish()`, closes its relays, and returns a Report. The invariants of every run in
 *      `stack.ledger` are checked by check.ts afterwards; `stack.allow` says what this fault makes legitimate.
 *
 * Everything else (servers running again, a database of its own, an empty Redis, end of all processes) is done for it.
 */
export type Stack = {
  readonly random: Random;
  readonly servers: Servers;
  readonly client: Client;
  readonly effects: Effects;
  readonly ledger: Asked[];
  readonly databaseUrl: string;
  readonly prefix: string;
  /** What the checks let pass. A fault that needs more sets it before it ends. */
  readonly allow: Allowances;
  /** Workers that are alive and not being replaced. */
  readonly workers: readonly WorkerProcess[];
  /** Resolves when it reads its streams. */
  startWorker(options?: WorkerOptions): Promise<WorkerProcess>;
  /** A real web process; the first one may build the application. */
  startWeb(options?: Pick<WorkerOptions, "redis" | "postgres" | "settings">): Promise<WebProcess>;
  /** A second way into the product, as another web process has it. */
  openClient(options: Pick<WorkerOptions, "redis" | "postgres" | "settings">): Client;
  load(options: LoadOptions): Load;
  /** A line in the report's log, printed when the fault fails. */
  note(line: string): void;
  readonly notes: readonly string[];
  close(): Promise<void>;
};

export type Allowances = {
  /** Runs may end otherwise than completed with the whole answer. */
  otherEnds: boolean;
  /** Tasks may be executed more often than they were claimed: a claim was lost with the database that had taken it. */
  lostClaims: boolean;
  /** Logs may hold events that this version leaves out; the numbers of the others then have gaps, those of the rows none. */
  newerEvents?: boolean;
};

export type WorkerOptions = {
  /** The supervisor reports its exit to the product. Default: true. */
  readonly reported?: boolean;
  /** Another one is started in its place, with the pauses of the product's supervisor. Default: true. */
  readonly replaced?: boolean;
  readonly redis?: Relay;
  readonly postgres?: Relay;
  /** Settings beside the stack's own. */
  readonly settings?: Record<string, string>;
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
};

/** Pauses between attempts are short, so that a fault costs seconds. */
const settings = { DEPUTY_RETRY_SECONDS: "0.05,0.2,1", DEPUTY_MAX_ATTEMPTS: "8", DEPUTY_LOG: "warn" };
const LONGEST_PAUSE_MS = 5_000;
const STEADY_MS = 30_000;

export async function openStack(servers: Servers, seed: number, added: Record<string, string> = {}): Promise<Stack> {
  const database = await servers.freshDatabase();
  const prefix = `fault-${randomBytes(4).toString("hex")}`;
  const effectsFile = join(servers.dir, `${prefix}.jsonl`);
  const shared = {
    ...settings,
    DATABASE_URL: database.url,
    REDIS_URL: servers.redis.url,
    DEPUTY_PREFIX: prefix,
    ...added,
  };
  const client = openClient(shared);
  const random = seeded(seed);
  const workers = new Set<WorkerProcess>();
  const webs: WebProcess[] = [];
  const clients = [client];
  const ledger: Asked[] = [];
  const loads: Load[] = [];
  const notes: string[] = [];
  let isClosing = false;
  let number = 0;

  const environmentOf = (options: WorkerOptions) => ({
    ...shared,
    ...(options.redis && { REDIS_URL: `redis://127.0.0.1:${options.redis.port}` }),
    ...(options.postgres && { DATABASE_URL: throughPort(database.url, options.postgres.port) }),
    ...options.settings,
  });

  function spawn(options: WorkerOptions): WorkerProcess {
    number += 1;
    const environment = { ...environmentOf(options), FAULT_EFFECTS: effectsFile };
    const worker = spawnWorker(`w${number}`, environment, options.nodeArgs);
    workers.add(worker);
    void worker.exited.then((reason) => {
      workers.delete(worker);
      const lastWords = /^SIG|code 0$/.test(reason) ? "" : ` (${wordsOf(worker.tail())})`;
      notes.push(`${new Date().toISOString()} ${worker.id} ended: ${reason}${lastWords}`);
    });
    return worker;
  }

  /** The host's supervisor: reports each exit at once, and starts another one. */
  async function supervise(first: WorkerProcess, options: WorkerOptions): Promise<void> {
    let worker = first;
    for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const startedAt = performance.now();
      await worker.exited;
      if (isClosing) return;
      if (options.reported !== false) {
        await releaseWorker(client.context, worker.id).catch((thrown) =>
          notes.push(`not reported: ${messageOf(thrown)}`),
        );
      }
      if (options.replaced === false || isClosing) return;
      if (performance.now() - startedAt > STEADY_MS) pauseMs = 200;
      await pause(pauseMs);
      if (isClosing) return;
      worker = spawn(options);
    }
  }

  return {
    random,
    servers,
    client,
    effects: new Effects(effectsFile),
    ledger,
    databaseUrl: database.url,
    prefix,
    allow: { otherEnds: false, lostClaims: false },
    get workers() {
      return [...workers];
    },
    async startWorker(options = {}) {
      const worker = spawn(options);
      void supervise(worker, options);
      await worker.ready;
      return worker;
    },
    async startWeb(options = {}) {
      const web = await spawnWeb(`web${webs.length + 1}`, environmentOf(options));
      webs.push(web);
      return web;
    },
    openClient(options) {
      const another = openClient(environmentOf(options));
      clients.push(another);
      return another;
    },
    load(options) {
      const load = startLoad(options.client ?? client, ledger, random.fork(`load ${loads.length}`), options);
      loads.push(load);
      return load;
    },
    note: (line) => notes.push(`${new Date().toISOString()} ${line}`),
    notes,
    async close() {
      isClosing = true;
      for (const load of loads) load.abandon();
      const left = [...workers, ...webs.filter(({ exitedAt }) => exitedAt === undefined)];
      for (const one of left) one.signal("SIGKILL");
      await Promise.all(left.map(({ exited }) => exited));
      await Promise.all(clients.map((one) => one.close()));
      await database.drop();
    },
  };
}

function wordsOf(tail: readonly string[]): string {
  return tail.findLast((line) => /Error|"level":60/.test(line)) ?? tail.at(-1) ?? "without a word";
}

/** The same database by TCP. */
function throughPort(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.searchParams.delete("host");
  url.host = `127.0.0.1:${port}`;
  return url.href;
}
