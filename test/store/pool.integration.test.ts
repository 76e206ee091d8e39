import { setTimeout as pause } from "node:timers/promises";
import type { Sql } from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "#/lib/store/connect.ts";
import { openStore } from "#/lib/store/db.ts";
import { openPool, type Pool } from "#/lib/store/pool.ts";
import { type OpenClient, Transactions } from "#/lib/store/transactions.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";
import { until } from "#/test/support/until.ts";

/** Whatever the driver throws out of a timer, vitest reports as an unhandled error, and the run fails. */

const NAME = "deputy-pool-test";
const endAll = (sql: Sql) =>
  sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${NAME} and datname = current_database()`;

let database: FreshDatabase;
let administrator: Sql;
let pool: Pool;

beforeAll(async () => {
  database = await freshDatabase();
  administrator = connect(database.url, 1);
  await administrator`create table kept (id int)`;
});
afterAll(async () => {
  await administrator.end();
  await database.drop();
});
beforeEach(async () => {
  await administrator`truncate kept`;
  pool = openPool(database.url, { statements: 4, transactions: 2 }, { application_name: NAME });
});
afterEach(() => pool.close());

const kept = async () => (await administrator<{ id: number }[]>`select id from kept order by id`).map(({ id }) => id);

describe("a transaction", () => {
  it("is committed when its work is done, and undone when that fails", async () => {
    await pool.sql.begin((sql) => sql`insert into kept values (1)`);
    const failing = pool.sql.begin(async (sql) => {
      await sql`insert into kept values (2)`;
      throw new Error("thought better of it");
    });
    await expect(failing).rejects.toThrow("thought better of it");
    expect(await kept()).toEqual([1]);
  });

  it("does not pass for committed when a failure of its statements was kept quiet", async () => {
    const quiet = pool.sql.begin(async (sql) => {
      await sql`insert into kept values (1)`;
      await sql`select 1/0`.catch(() => undefined);
    });
    await expect(quiet).rejects.toThrow("a statement of the transaction failed");
    expect(await kept()).toEqual([]);
  });

  it("fails when its connection is lost under a statement, and the next one has another", async () => {
    for (let time = 0; time < 5; time += 1) {
      const lost = pool.sql.begin((sql) => sql`select pg_terminate_backend(pg_backend_pid())`);
      await expect(lost).rejects.toThrow();
      await pool.sql.begin((sql) => sql`insert into kept values (${time})`);
    }
    expect(await kept()).toEqual([0, 1, 2, 3, 4]);
  });

  it("fails when its connection is lost between statements, and what it still asks is not done", async () => {
    let later: Promise<unknown> = Promise.resolve();
    const lost = pool.sql.begin(async (sql) => {
      await sql`insert into kept values (1)`;
      await endAll(administrator);
      await pause(50);
      later = sql`insert into kept values (2)`.execute();
      later.catch(() => undefined);
      await later;
    });
    await expect(lost).rejects.toThrow("The connection to the database was lost.");
    await expect
      .poll(() =>
        later.then(
          () => "done",
          () => "refused",
        ),
      )
      .toBe("refused");
    await pause(100);
    await expect(later).rejects.toThrow();
    expect(await kept()).toEqual([]);
  });
});

describe("work on a connection alone", () => {
  it("is rolled back when it fails, and the connection serves the next", async () => {
    const failing = pool.alone(async (sql) => {
      await sql.unsafe("begin");
      await sql`insert into kept values (1)`;
      throw new Error("thought better of it");
    });
    await expect(failing).rejects.toThrow("thought better of it");
    await pool.alone((sql) => sql`insert into kept values (2)`);
    expect(await kept()).toEqual([2]);
  });

  it("fails at once when the connection is lost, though the driver forgets what it had not sent", async () => {
    const startedAt = performance.now();
    for (let time = 0; time < 5; time += 1) {
      const lost = pool.alone(async (sql) => {
        const begun = sql.unsafe("begin").execute();
        // While the first is being prepared, the others wait.
        const all = [1, 2, 3].map(
          (number) => sql`select pg_terminate_backend(pg_backend_pid()), ${number + 10 * time}::int`,
        );
        await Promise.allSettled([begun, ...all]);
      });
      await expect(lost).rejects.toThrow("The connection to the database was lost.");
    }
    expect(performance.now() - startedAt).toBeLessThan(4_500);
  });

  it("waits for a connection, and has one when those of others are lost", async () => {
    let begun = 0;
    const forever = () =>
      pool.alone(() => {
        begun += 1;
        return new Promise<void>(() => {});
      });
    const held = [forever(), forever()].map((asked) => expect(asked).rejects.toThrow("lost"));
    await until(() => begun === 2, { what: "both connections to be held" });
    const third = pool.alone((sql) => sql`select 2 as two`);
    await endAll(administrator);
    expect(await third).toEqual([{ two: 2 }]);
    await Promise.all(held);
  });

  it("is refused when its connection is lost before it is anybody's, and leaves room for the next", async () => {
    let losses = 1;
    const open: OpenClient = (onLost) => {
      const client = connect(database.url, 1, { application_name: NAME }, { onclose: onLost });
      // The driver never answers who asks for a connection that is lost meanwhile.
      const loses = () => {
        onLost();
        return new Promise<never>(() => {});
      };
      const isLosing = (key: string | symbol) => key === "reserve" && losses-- > 0;
      return new Proxy(client, { get: (target, key) => (isLosing(key) ? loses : Reflect.get(target, key)) });
    };
    const transactions = new Transactions(open, 1);
    await expect(transactions.alone(async () => 1)).rejects.toThrow("lost");
    expect(await transactions.alone((sql) => sql`select 2 as two`)).toEqual([{ two: 2 }]);
    await transactions.close();
  });

  it("has one of as many connections as there may be", async () => {
    const pid = () => pool.alone(async (sql) => (await sql`select pg_backend_pid() as pid`)[0]?.pid);
    expect(new Set(await Promise.all(Array.from({ length: 12 }, pid))).size).toBe(2);
  });
});

describe("statements", () => {
  it("are answered right after the loss of all connections, by askers that do not pause", async () => {
    let isOver = false;
    let longestMs = 0;
    const ask = async () => {
      while (!isOver) {
        const askedAt = performance.now();
        await pool.sql`select id from kept where id = ${1}`.catch(() => undefined);
        longestMs = Math.max(longestMs, performance.now() - askedAt);
      }
    };
    const askers = Array.from({ length: 4 }, ask);
    for (let time = 0; time < 30; time += 1) {
      await pause(30);
      await endAll(administrator);
    }
    await pause(100);
    isOver = true;
    await Promise.all(askers);
    expect(longestMs).toBeLessThan(4_500);
  });

  it("read and write arrays before and after a loss", async () => {
    const both = () => pool.sql`select ${["a", "b"]}::text[] as words, array[1, 2] as numbers`;
    expect(await both()).toEqual([{ words: ["a", "b"], numbers: [1, 2] }]);
    await endAll(administrator);
    await expect.poll(both).toEqual([{ words: ["a", "b"], numbers: [1, 2] }]);
    expect(await pool.sql.begin((sql) => sql`select ${[7]}::int[] as numbers`)).toEqual([{ numbers: [7] }]);
  });

  it("give a store the same values before and after a loss", async () => {
    const store = openStore(database.url, { max: 1 });
    const ask = () => store.sql`select now()::timestamptz as at, '{"a":1}'::jsonb as data`;
    const [before] = await ask();
    await administrator`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'deputy' and pid <> pg_backend_pid() and datname = current_database()`;
    const [after] = await expect.poll(ask).toHaveLength(1).then(ask);
    expect(typeof before?.at).toBe("string");
    expect(typeof after?.at).toBe("string");
    expect(after?.data).toEqual(before?.data);
    await store.close();
  });
});

it("gives up what is under way when it is renewed, and serves what is asked next", async () => {
  const slow = [pool.sql`select pg_sleep(60)`, pool.sql.begin((sql) => sql`select pg_sleep(60)`)].map((asked) =>
    expect(asked).rejects.toThrow(),
  );
  await pause(200);
  pool.renew();
  await Promise.all(slow);
  expect(await pool.sql`select 3 as three`).toEqual([{ three: 3 }]);
  expect(await pool.sql.begin((sql) => sql`select 4 as four`)).toEqual([{ four: 4 }]);
});

it("refuses what is asked after it was closed", async () => {
  await pool.sql`select 1`;
  await pool.sql.begin((sql) => sql`select 1`);
  await pool.close();
  await expect(pool.sql`select 1`).rejects.toThrow();
  await expect(pool.sql.begin((sql) => sql`select 1`)).rejects.toThrow("closed");
  await expect(pool.alone((sql) => sql`select 1`)).rejects.toThrow("closed");
});
