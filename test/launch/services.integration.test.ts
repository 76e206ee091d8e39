import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { connect } from "#/lib/store/connect.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";
import { connectRedis, freshPrefix } from "#/test/support/redis.ts";

describe("the services of the integration tier", () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  test("a fresh database has the schema and no rows", async () => {
    const sql = connect(database.url, 1);
    const [row] = await sql`select count(*)::int as runs from runs`;
    await sql.end();
    expect(row).toEqual({ runs: 0 });
  });

  test("lower-casing knows letters beyond ASCII", async () => {
    const sql = connect(database.url, 1);
    const [row] = await sql`select to_tsvector('simple', 'ÜBER')::text as words`;
    await sql.end();
    expect(row).toEqual({ words: "'über':1" });
  });

  test("cleaning up a prefix leaves other keys alone", async () => {
    const mine = freshPrefix();
    const other = freshPrefix();
    const redis = connectRedis(inject("redisUrl"));
    await redis.set(`${mine.prefix}:a`, "1");
    await redis.set(`${other.prefix}:a`, "1");
    await mine.cleanup();
    expect(await redis.exists(`${mine.prefix}:a`)).toBe(0);
    expect(await redis.exists(`${other.prefix}:a`)).toBe(1);
    await other.cleanup();
    await redis.quit();
  });

  test("Redis never evicts and writes an append-only file", async () => {
    const redis = connectRedis(inject("redisUrl"));
    expect(await redis.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
    expect(await redis.config("GET", "appendonly")).toEqual(["appendonly", "yes"]);
    await redis.quit();
  });
});
