import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EmbeddedServer } from "#/lib/launch/embedded-server.ts";
import { processesIn } from "#/lib/launch/leftovers.ts";
import { startRedis } from "#/lib/launch/redis.ts";
import { findRedisServer, redisNames } from "#/lib/launch/redis-server.ts";
import { temporaryFolder } from "#/test/support/folder.ts";
import { connectRedis } from "#/test/support/redis.ts";
import { until } from "#/test/support/until.ts";

describe("the embedded Redis", () => {
  let dir: string;
  let exits: string[];
  let started: EmbeddedServer[];

  beforeEach(() => {
    dir = temporaryFolder();
    exits = [];
    started = [];
  });

  afterEach(async () => {
    for (const server of started) await server.stop();
    expect(processesIn(join(dir, "data"), redisNames)).toEqual([]);
  });

  test("keeps its entries and its address from one start to the next", async () => {
    const first = await start();
    await command(first.url, (redis) => redis.xadd("work", "*", "id", "1"));
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await command(second.url, (redis) => redis.xlen("work"))).toBe(1);
    expect(exits).toEqual([]);
  });

  test("reports a death that nobody asked for, and starts again beside the socket that is left", async () => {
    const first = await start();
    process.kill(first.pid, "SIGKILL");
    await until(() => exits.length > 0, { what: "the report" });
    expect(exits[0]).toContain("signal SIGKILL");
    const second = await start();
    expect(await command(second.url, (redis) => redis.ping())).toBe("PONG");
  });

  test("ends one that an earlier launcher left running on the same data", async () => {
    const first = await start();
    const second = await start();
    expect(() => process.kill(first.pid, 0)).toThrow();
    expect(await command(second.url, (redis) => redis.ping())).toBe("PONG");
  });

  test("that cannot start says so in its own words", async () => {
    await expect(start({ appendfsync: "sometimes" })).rejects.toThrow(/appendfsync/);
  });

  async function start(settings: Record<string, string> = {}): Promise<EmbeddedServer> {
    const server = await findRedisServer(resolve(".data"));
    const onExit = (reason: string) => exits.push(reason);
    const options = { dir: join(dir, "data"), socketDir: join(dir, "socket"), server, settings, onExit };
    const running = await startRedis(options);
    started.push(running);
    return running;
  }
});

async function command<T>(url: string, run: (redis: ReturnType<typeof connectRedis>) => Promise<T>): Promise<T> {
  const redis = connectRedis(url);
  try {
    return await run(redis);
  } finally {
    redis.disconnect();
  }
}
