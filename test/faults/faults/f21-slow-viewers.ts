import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { figuresOf } from "#/test/faults/figures.ts";
import { type Connection, connectTo, followByHttp } from "#/test/faults/http-viewer.ts";
import type { Asked } from "#/test/faults/load.ts";
import { type Shape, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import type { WebProcess } from "#/test/faults/web-process.ts";
import { until } from "#/test/support/until.ts";

/** Both ends of a connection on one machine may hold 10 MB for a viewer before the product notices anything. */
const RESULTS = 24;
const RESULT_BYTES = 900_000;
const WARM_UP_MS = 5_000;
/** The first result of the big run waits until all have come: a web process on a busy machine takes some hundred a second. */
const COME_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 40_000;

/** As many viewers as it is repeated stop reading a run of more than 20 MB; four times as many look at other runs. */
export const slowViewers: Fault = {
  id: "F21",
  title: "viewers that never read, more than 20 MB each",
  repeats: 200,
  leastTasks: () => RESULTS,
  async run(stack, repeats) {
    const [web] = await Promise.all([stack.startWeb(), stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 8, order: patientOrder });
    const quick = openViewers(stack, web, Math.ceil((repeats * 4) / 8));
    const slow: SlowViewer[] = [];
    try {
      await pause(WARM_UP_MS);
      quick.lags.splice(0);
      await pause(WARM_UP_MS);
      const calm = quick.lags.splice(0);
      const before = rssOf(web);

      const big = await startBig(stack);
      slow.push(...Array.from({ length: repeats }, () => slowViewer(web, big)));
      await until(() => slow.every(({ seen }) => seen.length > 0), {
        what: "the slow ones to be connected",
        timeoutMs: COME_WITHIN_MS,
      });
      for (const { connection } of slow) connection.pause();
      const growth = sampleGrowth(web);
      await until(() => big.endedAt !== undefined, { what: "the end of the big run", timeoutMs: 120_000 });
      await until(() => established(web) <= quick.open + 2, {
        what: "the slow ones to be gone",
        timeoutMs: GONE_WITHIN_MS,
      });
      const busy = quick.lags.splice(0);
      const grownBytes = growth.stop();
      const problems = await resume(stack, web, big, slow.slice(0, 3));
      const [calmP99, busyP99] = [figuresOf(calm).p99, figuresOf(busy).p99];
      if (busyP99 > Math.max(calmP99 * 2, 300))
        problems.push(`lag of the others: p99 ${calmP99} ms before, ${busyP99} ms then`);
      // Ten percent, and what the one quick viewer of the big run and the parsing of its pages may take.
      if (grownBytes > before * 0.1 + 96 * 1_048_576)
        problems.push(`web grew by ${megabytes(grownBytes)} from ${megabytes(before)}`);
      return {
        injected: `${repeats} viewers that stop reading ${megabytes(RESULTS * RESULT_BYTES)} each, ${quick.opened} others`,
        measured: [
          { what: "lag of the others before", milliseconds: calm },
          { what: "lag of the others meanwhile", milliseconds: busy },
        ],
        problems,
        notes: [`web: ${megabytes(before)}, at most ${megabytes(grownBytes)} more`],
      };
    } finally {
      await load.finish();
      await quick.close();
      for (const { connection } of slow) connection.leave();
    }
  },
};

/** Runs that last, so that those who look at them need not come anew all the time, and not all at once. */
function patientOrder(random: Random): Shape {
  const tasks = Array.from({ length: 4 }, (_, index) =>
    task(`t${index + 1}`, { ms: index === 0 ? random.between(5_000, 30_000) : random.between(500, 5_000) }),
  );
  return { tasks, words: 20, delta: 20, pauseMs: 5 };
}

/** One big result after the other. */
async function startBig(stack: Stack): Promise<Asked> {
  const tasks = Array.from({ length: RESULTS }, (_, index) =>
    task(`b${index}`, {
      ms: index === 0 ? COME_WITHIN_MS : 400,
      bytes: RESULT_BYTES,
      after: index > 0 ? [`b${index - 1}`] : [],
    }),
  );
  const order = (): Shape => ({ tasks, words: 5, delta: 1_000, pauseMs: 0 });
  const number = stack.ledger.length;
  void stack.load({ atOnce: 1, total: 1, order }).finish();
  return until(() => stack.ledger.slice(number).find((one) => one.order.tasks.length === RESULTS && one.runId), {
    what: "the big run",
  });
}

type SlowViewer = { readonly seen: [number, string][]; readonly connection: Connection };

function slowViewer(web: WebProcess, { runId = "" }: Asked): SlowViewer {
  const seen: [number, string][] = [];
  return { seen, connection: connectTo(web.baseUrl, runId, 0, (id, data) => seen.push([id, data])) };
}

/** So many viewers on each run of the load, and how late each of their events came. */
function openViewers(stack: Stack, web: WebProcess, each: number) {
  const lags: number[] = [];
  const over = new AbortController();
  const ended: Promise<void>[] = [];
  const known = new Set<Asked>();
  let opened = 0;
  let open = 0;
  const look = setInterval(() => {
    const fresh = stack.ledger.filter(
      (one) => !known.has(one) && one.followed.length > 0 && one.order.tasks.length < RESULTS,
    );
    for (const asked of fresh) {
      known.add(asked);
      const joinedAt = Date.now();
      const seen = (data: string, at: number) => {
        const committedAt = Date.parse(/"at":"([^"]+)"/.exec(data)?.[1] ?? "");
        if (committedAt > joinedAt) lags.push(at - committedAt);
      };
      const more = Array.from({ length: each }, () =>
        followByHttp(() => web.baseUrl, asked.runId ?? "", { signal: over.signal, seen }),
      );
      opened += each;
      open += each;
      ended.push(
        ...more.map(async (one) => {
          await one.ended;
          open -= 1;
        }),
      );
      asked.followed = [...asked.followed, ...more];
    }
  }, 20);
  return {
    lags,
    get opened() {
      return opened;
    },
    get open() {
      return open;
    },
    /** They see the ends of their runs, and are not left behind when something failed. */
    async close() {
      clearInterval(look);
      await Promise.race([Promise.all(ended), pause(GONE_WITHIN_MS)]);
      over.abort();
    },
  };
}

/** What they had taken and what they get behind it is the whole of the run. */
async function resume(stack: Stack, web: WebProcess, big: Asked, slow: readonly SlowViewer[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { seen, connection } of slow) {
    connection.resume();
    await connection.closed;
    const cutAt = seen.at(-1)?.[0] ?? 0;
    const rest: number[] = [];
    await connectTo(web.baseUrl, big.runId ?? "", cutAt, (id) => rest.push(id)).closed;
    const ids = [...seen.map(([id]) => id), ...rest];
    const last = big.followed[0]?.hashes.length ?? 0;
    if (rest.length === 0) problems.push("a slow viewer was not cut off");
    if (ids.length !== last || ids.some((id, index) => id !== index + 1))
      problems.push(`a slow viewer saw ${seen.length} events, then ${rest.length}, of ${last}`);
  }
  stack.note(`slow viewers were cut behind event ${slow.map(({ seen }) => seen.at(-1)?.[0]).join(", ")}`);
  return problems;
}

function sampleGrowth(web: WebProcess) {
  const before = rssOf(web);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, rssOf(web));
  }, 250);
  return {
    stop() {
      clearInterval(timer);
      return most - before;
    },
  };
}

function rssOf({ pid }: WebProcess): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024;
}

/** Connections that the web process holds open to clients. */
function established({ baseUrl }: WebProcess): number {
  const port = Number(new URL(baseUrl).port).toString(16).toUpperCase().padStart(4, "0");
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.filter((line) => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${port} [0-9A-F:]+ 01 `).test(line)).length;
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1_048_576)} MB`;
