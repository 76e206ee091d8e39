import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { viewByHttp } from "#/test/faults/http-viewer.ts";
import { startModelServer } from "#/test/faults/model-server.ts";
import { type Shape, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { startProduct, type TestProduct } from "#/test/support/product.ts";
import { until } from "#/test/support/until.ts";

const DRAIN_MS = 25_000;
const AGAIN_WITHIN_MS = 120_000;
const names = ["worker-1", "worker-2", "web"] as const;

/** The launcher's workers and web, one after the other by SIGTERM and then by SIGUSR2; then Redis, then Postgres. */
export const rollingRestart: Fault = {
  id: "F28",
  title: "rolling restart of everything under load (SIGTERM, SIGUSR2)",
  repeats: 3,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    const drains: number[] = [];
    const model = await startModelServer();
    const product = await startProduct(settingsFor(stack, model.settings));
    try {
      const load = stack.load({ atOnce: 8, order: patientOrder });
      const stopViewing = viewByHttp(stack, () => product.baseUrl);
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        for (const name of names) drains.push(await restartOne(product, name));
        await renew(product, repeat + 1);
        await restart(stack.servers.redis);
        await restart(stack.servers.postgres);
        await pause(1_000);
      }
      await load.finish();
      const seen = await stopViewing();
      return {
        injected: `${drains.length} SIGTERMs, ${repeats} SIGUSR2s, as many restarts of Redis and of Postgres; ${seen} viewers by HTTP`,
        measured: [{ what: "from SIGTERM to the exit", milliseconds: drains, atMostMs: DRAIN_MS }],
        problems: crashesIn(product.output()),
      };
    } finally {
      await product.stop();
      await model.close();
    }
  },
};

/** Who ended unasked, and the error that it ended with. 143: Next's own way to say that a SIGTERM has ended it. */
function crashesIn(output: string): string[] {
  const lines = output.split("\n");
  return lines.flatMap((line, at) => {
    const [, name] = /(\S+) ended \((?!exit code (?:0|143)\))/.exec(line) ?? [];
    if (name === undefined) return [];
    const words = lines.slice(0, at).findLast((said) => said.includes(`[${name}]`) && /Error\b|"level":60/.test(said));
    return [`a process of the launcher ended: ${line.trim()}${words === undefined ? "" : ` (${words.trim()})`}`];
  });
}

function settingsFor(stack: Stack, model: Record<string, string>): Record<string, string> {
  return {
    ...model,
    DATABASE_URL: stack.databaseUrl,
    REDIS_URL: stack.servers.redis.url,
    DEPUTY_PREFIX: stack.prefix,
    DEPUTY_WORKERS: "2",
    DEPUTY_RETRY_SECONDS: "0.05,0.2,1",
    DEPUTY_MAX_ATTEMPTS: "8",
    DEPUTY_LOG: "warn",
  };
}

/** The product's own agents do the tasks; answers take seconds, so that there is something to drain. */
function patientOrder(random: Random): Shape {
  const tasks = Array.from({ length: random.between(1, 3) }, (_, index) => task(`t${index + 1}`));
  return { tasks, words: random.between(20, 100), delta: 8, pauseMs: random.between(5, 40) };
}

async function restartOne(product: TestProduct, name: (typeof names)[number]): Promise<number> {
  await pause(1_500);
  const pid = await until(() => running(product, name), { what: `a ${name}`, timeoutMs: AGAIN_WITHIN_MS });
  const startedAt = performance.now();
  process.kill(pid, "SIGTERM");
  await until(() => !isAlive(pid), { what: `the end of ${name}`, timeoutMs: 2 * DRAIN_MS });
  const drainMs = performance.now() - startedAt;
  await until(() => product.children()[name] !== pid, { what: `another ${name}`, timeoutMs: AGAIN_WITHIN_MS });
  await isWell(product);
  return drainMs;
}

async function renew(product: TestProduct, time: number): Promise<void> {
  product.launcher.kill("SIGUSR2");
  const renewed = () => (product.output().match(/workers and web are renewed/g)?.length ?? 0) >= time;
  await until(renewed, { what: "workers and web to be renewed", timeoutMs: AGAIN_WITHIN_MS });
}

async function restart(server: Stack["servers"]["redis"]): Promise<void> {
  await server.stop();
  await server.start();
  await pause(1_000);
}

async function isWell({ baseUrl }: TestProduct): Promise<void> {
  await until(async () => (await fetch(`${baseUrl}/api/health`)).ok, { what: "good health", timeoutMs: 30_000 });
}

function running(product: TestProduct, name: (typeof names)[number]): number | null {
  const pid = product.children()[name];
  return pid !== undefined && isAlive(pid) ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
