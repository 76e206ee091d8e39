import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { agentNames } from "#/lib/protocol/agent.ts";
import { consumerGroup, priorities, streamKey } from "#/lib/stream/keys.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { viewByHttp } from "#/test/faults/http-viewer.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import type { Mode, Relay } from "#/test/faults/relay.ts";
import { withRedis } from "#/test/faults/servers.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { untilWorkFlows } from "#/test/faults/takeover.ts";
import type { WorkerProcess } from "#/test/faults/worker-process.ts";

const EVERY_MS = 10_000;
const MINUTE = 60_000;
/** Of a worker's memory in a minute, once it is warm. */
const MOST_GROWTH = 0.01;
const WARM_AFTER = 1 / 3;

type Scene = { readonly stack: Stack; readonly redis: Relay; readonly postgres: Relay };

/** Each leaves everything running. */
const nemeses = {
  "worker killed": ({ stack }: Scene) => signal(stack, "SIGKILL"),
  "worker told to stop": ({ stack }: Scene) => signal(stack, "SIGTERM"),
  "worker stopped past its lease": async ({ stack }: Scene) => {
    const victim = someWorker(stack);
    victim?.signal("SIGSTOP");
    await pause(stack.random.between(1_000, 6_000));
    victim?.signal("SIGCONT");
  },
  "Redis killed": ({ stack: { servers, random } }: Scene) => down(servers.redis, random.between(0, 3_000)),
  "Redis empty": async ({ stack: { servers } }: Scene) => {
    await servers.redis.kill();
    await rm(join(servers.redis.dir, "appendonlydir"), { recursive: true, force: true });
    await servers.redis.start();
  },
  "Redis flushed": ({ stack }: Scene) => withRedis(stack.servers.redis.url, (client) => client.flushall()),
  "Postgres killed": ({ stack: { servers, random } }: Scene) => down(servers.postgres, random.between(0, 2_000)),
  "Postgres' connections ended": ({ stack }: Scene) =>
    look(
      stack,
      (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
    ),
  "way to Redis disturbed": ({ redis, stack }: Scene) => disturb(redis, stack),
  "way to Postgres disturbed": ({ postgres, stack }: Scene) => disturb(postgres, stack),
};

/** One random fault every ten seconds for so many minutes, while a web process shows every run. */
export const soak: Fault = {
  id: "F32",
  title: "soak: one random fault every ten seconds",
  repeats: 30,
  onRequest: true,
  leastTasks: (minutes) => minutes * 60,
  async run(stack, minutes) {
    stack.allow.lostClaims = true;
    const [redis, postgres] = await Promise.all([stack.servers.redis.relay(), stack.servers.postgres.relay()]);
    const web = await keepWeb(stack);
    await Promise.all([stack.startWorker(), stack.startWorker(), stack.startWorker({ redis, postgres })]);
    const load = stack.load({ atOnce: 8, order: mixedOrder });
    const stopViewing = viewByHttp(stack, web.baseUrl);
    await pause(EVERY_MS);
    const before = await connections(stack);
    const memory = { web: sampleMemory(web.pid), worker: sampleMemory(() => stack.workers[0]?.pid) };
    const { recoveries, counts } = await torment({ stack, redis, postgres }, minutes);
    await pause(EVERY_MS);
    const growth = Object.entries(memory).map(([what, sampled]) => ({ what, ...sampled.longestLife() }));
    const after = await connections(stack);
    await load.finish();
    await stopViewing();
    web.stop();
    await Promise.all([redis.close(), postgres.close()]);
    return {
      injected: [...counts].map(([name, count]) => `${name} ${count}`).join(", "),
      measured: [{ what: "first task done after it", milliseconds: recoveries, atMostMs: 30_000 }],
      problems: [...judge(before, after), ...growth.flatMap(judgeMemory)],
      notes: [
        ...growth.map(
          ({ what, minutes, perMinute, megabytes }) =>
            `${what}: ${percent(perMinute)} a minute, ${megabytes} MB, over its longest life of ${minutes.toFixed(1)} minutes`,
        ),
        `web ended ${web.ends} times; connections before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`,
      ],
    };
  },
};

async function torment(scene: Scene, minutes: number) {
  const { stack } = scene;
  const recoveries: number[] = [];
  const counts = new Map<string, number>();
  const over = performance.now() + minutes * MINUTE;
  while (performance.now() < over) {
    const next = performance.now() + EVERY_MS;
    const name = stack.random.pick(Object.keys(nemeses) as (keyof typeof nemeses)[]);
    stack.note(name);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await nemeses[name](scene);
    recoveries.push(await untilWorkFlows(stack, Date.now()));
    await pause(Math.max(0, next - performance.now()));
  }
  return { recoveries, counts };
}

/** A web process, and another one whenever it ends, as the launcher does it. */
async function keepWeb(stack: Stack) {
  let current = await stack.startWeb();
  let ends = 0;
  let stopping = false;
  const keep = async () => {
    await current.exited;
    if (stopping) return;
    ends += 1;
    stack.note(`web ended: ${current.tail().at(-1)}`);
    current = await stack.startWeb();
    void keep();
  };
  void keep();
  return {
    baseUrl: () => current.baseUrl,
    pid: () => (current.exitedAt === undefined ? current.pid : undefined),
    get ends() {
      return ends;
    },
    stop() {
      stopping = true;
    },
  };
}

/** Any worker but the first, whose memory is looked at. */
function someWorker(stack: Stack): WorkerProcess | undefined {
  const others = stack.workers.slice(1);
  return others.length > 0 ? stack.random.pick(others) : undefined;
}

async function signal(stack: Stack, name: "SIGKILL" | "SIGTERM"): Promise<void> {
  const victim = someWorker(stack);
  victim?.signal(name);
  await victim?.exited;
}

async function down(server: Stack["servers"]["redis"], ms: number): Promise<void> {
  await server.kill();
  await pause(ms);
  await server.start();
}

async function disturb(relay: Relay, { random }: Stack): Promise<void> {
  const modes: Mode[] = [
    { kind: "delay", ms: random.between(50, 500) },
    { kind: "hold" },
    { kind: "hold", only: "up" },
    { kind: "hold", only: "down" },
    { kind: "drip", bytesPerSecond: 20_000 },
    { kind: "reset" },
  ];
  relay.set(random.pick(modes));
  await pause(random.between(1_000, 6_000));
  relay.set({ kind: "pass" });
}

type Connections = { readonly postgres: number; readonly redis: number; readonly consumers: number };

async function connections(stack: Stack): Promise<Connections> {
  const [row] = await look(
    stack,
    (sql) => sql<{ count: number }[]>`select count(*)::int from pg_stat_activity where datname = current_database()`,
  );
  return withRedis(stack.servers.redis.url, async (client) => {
    const list = String(await client.call("client", "list"));
    let consumers = 0;
    for (const agent of agentNames) {
      const key = streamKey(stack.prefix, agent, priorities[1]);
      if (await client.exists(key))
        consumers += ((await client.xinfo("CONSUMERS", key, consumerGroup)) as unknown[]).length;
    }
    return { postgres: row?.count ?? 0, redis: list.trim().split("\n").length, consumers };
  });
}

/** Pools open what they need: half as many again is no leak. */
function judge(before: Connections, after: Connections): string[] {
  return (["postgres", "redis", "consumers"] as const).flatMap((what) =>
    after[what] > Math.max(before[what] * 1.5, before[what] + 8)
      ? [`${what}: ${before[what]} before, ${after[what]} after`]
      : [],
  );
}

type Life = { readonly what: string; readonly minutes: number; readonly perMinute: number; readonly megabytes: number };

/** In a short life the memory says nothing: it is still being warmed up. */
function judgeMemory({ what, minutes, perMinute }: Life): string[] {
  return minutes >= 10 && perMinute > MOST_GROWTH
    ? [`the memory of ${what} grows by ${percent(perMinute)} a minute`]
    : [];
}

function sampleMemory(pidNow: () => number | undefined) {
  const lives = new Map<number, { at: number; bytes: number }[]>();
  const timer = setInterval(() => {
    const pid = pidNow();
    const bytes = pid === undefined ? null : residentBytes(pid);
    if (pid !== undefined && bytes !== null) lives.set(pid, [...(lives.get(pid) ?? []), { at: Date.now(), bytes }]);
  }, 1_000);
  return {
    longestLife(): Omit<Life, "what"> {
      clearInterval(timer);
      const [longest = []] = [...lives.values()].sort((left, right) => right.length - left.length);
      const warm = longest.slice(Math.floor(longest.length * WARM_AFTER));
      const bytes = mean(warm.map((one) => one.bytes));
      return {
        minutes: longest.length / 60,
        perMinute: (slopeOf(warm) * MINUTE) / Math.max(bytes, 1),
        megabytes: Math.round(bytes / 1_048_576),
      };
    },
  };
}

/** Bytes a millisecond: of the line through the samples. */
function slopeOf(samples: readonly { readonly at: number; readonly bytes: number }[]): number {
  const at = mean(samples.map((one) => one.at));
  const bytes = mean(samples.map((one) => one.bytes));
  const spread = samples.reduce((sum, one) => sum + (one.at - at) ** 2, 0);
  return samples.reduce((sum, one) => sum + (one.at - at) * (one.bytes - bytes), 0) / Math.max(spread, 1);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

/** Null when it has just ended. */
function residentBytes(pid: number): number | null {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(file, "utf8"))?.[1] ?? 0) * 1_024 : null;
}
