import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Redis } from "ioredis";
import { readHealth } from "#/lib/run/health.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import { withRedis } from "#/test/faults/servers.ts";
import { silenceWhile } from "#/test/faults/silence.ts";
import { untilDueIsClaimed } from "#/test/faults/takeover.ts";
import { until } from "#/test/support/until.ts";

const USER = "deputy";
const open = ["on", ">right", "~*", "&*", "+@all"];

type Refusal = {
  readonly says: string;
  /** Whether it can be seen by a PING, which is what the health answer and the page's banner go by. */
  readonly shows: boolean;
  begin(redis: Redis, dir: string): Promise<unknown>;
  cure(redis: Redis, dir: string): Promise<unknown>;
};

const refusals: readonly Refusal[] = [
  {
    says: "OOM",
    shows: false,
    begin: (redis) => redis.config("SET", "maxmemory", "1"),
    cure: (redis) => redis.config("SET", "maxmemory", "0"),
  },
  {
    says: "READONLY",
    shows: false,
    begin: (redis) => redis.replicaof("127.0.0.1", 1),
    cure: (redis) => redis.replicaof("NO", "ONE"),
  },
  { says: "MISCONF", shows: true, begin: failToSave, cure: saveAgain },
  {
    says: "WRONGPASS",
    shows: true,
    begin: async (redis) => {
      await redis.acl("SETUSER", USER, "resetpass", ">another");
      await redis.client("KILL", "USER", USER);
    },
    cure: (redis) => redis.acl("SETUSER", USER, ">right"),
  },
  {
    says: "NOPERM",
    shows: false,
    begin: (redis) => redis.acl("SETUSER", USER, "-xadd", "-xreadgroup", "-xack", "-publish"),
    cure: (redis) => redis.acl("SETUSER", USER, ...open),
  },
];

/** Redis is there and refuses what it is asked, as its operator's mistakes and its own limits make it. */
export const redisRefuses: Fault = {
  id: "F9",
  title: "Redis full, read-only, unable to save, with another password, without permissions",
  repeats: 10,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    const tasks: number[] = [];
    const events: number[] = [];
    const drained: number[] = [];
    const problems: string[] = [];
    const { redis } = stack.servers;
    await withRedis(redis.url, (admin) => admin.acl("SETUSER", USER, ...open));
    const settings = { REDIS_URL: `unix://${USER}:right@${new URL(redis.url).pathname}` };
    await Promise.all([stack.startWorker({ settings }), stack.startWorker({ settings })]);
    const client = stack.openClient({ settings });
    const load = stack.load({ atOnce: 16, order: mixedOrder, client });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await pause(stack.random.between(500, 1_500));
      const refusal = refusals[repeat % refusals.length] as Refusal;
      const begunAt = Date.now();
      try {
        await withRedis(redis.url, (admin) => admin.config("RESETSTAT"));
        await withRedis(redis.url, (admin) => refusal.begin(admin, redis.dir));
        const silence = await silenceWhile(stack, pause(stack.random.between(3_000, 5_000)));
        tasks.push(silence.tasks);
        events.push(silence.events);
        if (refusal.shows && (await readHealth(client.context)).redis === "ok")
          problems.push(`health says that Redis is well while it says ${refusal.says}`);
        const said = await withRedis(redis.url, (admin) => admin.info("errorstats"));
        if (!said.includes(`errorstat_${refusal.says}:`)) problems.push(`Redis never said ${refusal.says}: ${said}`);
      } finally {
        await withRedis(redis.url, (admin) => refusal.cure(admin, redis.dir));
      }
      const curedAt = Date.now();
      if (!stack.ledger.some(({ acceptedAt = 0 }) => acceptedAt >= begunAt && acceptedAt <= curedAt))
        problems.push(`no run was accepted while Redis said ${refusal.says}`);
      await until(async () => (await readHealth(client.context)).redis === "ok", { what: "Redis to be well again" });
      drained.push(await untilDueIsClaimed(stack, curedAt));
    }
    await load.finish();
    const refused = stack.ledger.filter((asked) => asked.refused.length > 0);
    return {
      injected: `${repeats} refusals of 3 to 5 s: ${refusals.map(({ says }) => says).join(", ")}`,
      measured: [
        { what: "longest time in it without a task done", milliseconds: tasks, atMostMs: 5_000 },
        { what: "without an event seen", milliseconds: events, atMostMs: 5_000 },
        { what: "all that was due at its end claimed", milliseconds: drained, atMostMs: 10_000 },
      ],
      problems: [...problems, ...refused.map(({ order, refused }) => `${order.nonce} was refused: ${refused.join()}`)],
    };
  },
};

/** Its file cannot be put in place where a folder stands, and a Redis that is to save its data then takes no more. */
async function failToSave(redis: Redis, dir: string): Promise<void> {
  // A save in between, such as for a replica, may have left the file.
  await rm(join(dir, "dump.rdb"), { recursive: true, force: true });
  await mkdir(join(dir, "dump.rdb", "in-the-way"), { recursive: true });
  await redis.config("SET", "save", "3600 1");
  await savedAs(redis, "err");
}

async function saveAgain(redis: Redis, dir: string): Promise<void> {
  await rm(join(dir, "dump.rdb"), { recursive: true, force: true });
  await savedAs(redis, "ok");
  await redis.config("SET", "save", "");
}

async function savedAs(redis: Redis, status: "ok" | "err"): Promise<void> {
  await until(
    async () => {
      const info = await redis.info("persistence");
      if (info.includes(`rdb_last_bgsave_status:${status}`)) return true;
      if (info.includes("rdb_bgsave_in_progress:0")) await redis.bgsave();
      return false;
    },
    { what: `a save that ends with ${status}` },
  );
}
