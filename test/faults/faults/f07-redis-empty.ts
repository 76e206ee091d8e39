import { readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import { withRedis } from "#/test/faults/servers.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { untilDueIsClaimed, untilWorkFlows } from "#/test/faults/takeover.ts";

const losses = [comesBackEmpty, isFlushed, losesItsTail] as const;

/** Redis loses all of its data, or the end of it. */
export const redisEmpty: Fault = {
  id: "F7",
  title: "Redis comes back empty, is flushed, or loses the end of its file",
  repeats: 21,
  subsetRepeats: 2,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    const first: number[] = [];
    const backlog: number[] = [];
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 24, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await pause(stack.random.between(200, 1_500));
      await losses[repeat % losses.length]?.(stack);
      const curedAt = Date.now();
      const [flows, claimed] = await Promise.all([untilWorkFlows(stack, curedAt), untilDueIsClaimed(stack, curedAt)]);
      first.push(flows);
      backlog.push(claimed);
    }
    await load.finish();
    return {
      injected: `${repeats} losses: restarted empty, FLUSHALL, file cut by 1 to 100 KB`,
      measured: [
        { what: "first task done after it", milliseconds: first, atMostMs: 5_000 },
        { what: "all that was due then claimed", milliseconds: backlog, atMostMs: 5_000 },
      ],
      problems: [],
    };
  },
};

async function comesBackEmpty({ servers: { redis }, random }: Stack): Promise<void> {
  await redis.kill();
  for (const name of await readdir(redis.dir)) await rm(join(redis.dir, name), { recursive: true, force: true });
  await pause(random.between(0, 2_000));
  await redis.start();
}

async function isFlushed({ servers }: Stack): Promise<void> {
  await withRedis(servers.redis.url, (client) => client.flushall());
}

async function losesItsTail({ servers: { redis }, random }: Stack): Promise<void> {
  await redis.kill();
  const folder = join(redis.dir, "appendonlydir");
  const newest = (await readdir(folder))
    .filter((name) => name.endsWith(".incr.aof"))
    .sort()
    .at(-1);
  if (newest === undefined) throw new Error("Redis wrote no append-only file");
  const { size } = await stat(join(folder, newest));
  await truncate(join(folder, newest), Math.max(0, size - random.between(1_000, 100_000)));
  await redis.start();
}
