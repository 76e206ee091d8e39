import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { checkGivenRedis } from "#/lib/launch/redis-given.ts";
import { log } from "#/lib/log.ts";
import { checkRedis, type RedisCheck } from "#/lib/stream/check-redis.ts";
import { openDoorbell } from "#/lib/stream/doorbell.ts";
import { command, startServer, stopServers, type TestServer } from "#/test/stream/servers.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(stopServers);

async function check(url = `redis://127.0.0.1:${server.port}`): Promise<RedisCheck> {
  const doorbell = openDoorbell({ url, prefix: "check", log: log.child({}, { level: "silent" }) });
  try {
    return await checkRedis(doorbell);
  } finally {
    await doorbell.close();
  }
}

const evict = (policy: string) => command(server.port, "CONFIG", "SET", "maxmemory-policy", policy);

describe("the Redis that is to carry tasks", () => {
  it("is refused when it evicts any key, with the reason and what mends it", async () => {
    await evict("allkeys-lru");
    const refusal = { ok: false, reason: expect.stringContaining("CONFIG SET maxmemory-policy noeviction") };
    expect(await check()).toEqual(refusal);
    await expect(checkGivenRedis(`redis://127.0.0.1:${server.port}`)).rejects.toThrow("allkeys-lru");
  });

  it("is also found out where CONFIG is forbidden, as hosted ones do", async () => {
    await command(server.port, "ACL", "SETUSER", "hosted", "on", ">pw", "~*", "&*", "+@all", "-config");
    await evict("allkeys-random");
    expect(await check(`redis://hosted:pw@127.0.0.1:${server.port}`)).toMatchObject({ ok: false });
    await evict("noeviction");
    expect(await check(`redis://hosted:pw@127.0.0.1:${server.port}`)).toEqual({ ok: true });
  });

  it("is taken when it evicts only keys with a time to live, or none", async () => {
    await evict("volatile-lru");
    expect(await check()).toEqual({ ok: true });
    await evict("noeviction");
    expect(await check()).toEqual({ ok: true });
    expect(await check(inject("redisUrl"))).toEqual({ ok: true });
  });

  it("is taken with a note when it tells nobody, or is not there", async () => {
    await command(server.port, "ACL", "SETUSER", "mute", "on", ">pw", "~*", "&*", "+@all", "-config", "-info");
    const note = { ok: true, note: expect.stringContaining("must not be allkeys-*") };
    expect(await check(`redis://mute:pw@127.0.0.1:${server.port}`)).toEqual(note);
    expect(await check("redis://127.0.0.1:1")).toEqual(note);
  });
});
