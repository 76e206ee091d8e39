import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type ExitReporter, openExitReporter } from "#/lib/launch/exit-reporter.ts";
import { connect } from "#/lib/store/connect.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { listLiveWorkers, registerWorker } from "#/lib/store/workers.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

let database: FreshDatabase;
let store: Store;
let reporter: ExitReporter;

beforeEach(async () => {
  database = await freshDatabase();
  store = openStore(database.url, { max: 1 });
  reporter = openExitReporter({ databaseUrl: database.url, redisUrl: inject("redisUrl") });
});

afterEach(async () => {
  await reporter.close();
  await store.close();
  await database.drop();
});

test("a worker whose end is reported is gone from the registry, and no other is", async () => {
  const [ended, other] = [await register(), await register()];
  await reporter.report(ended);
  expect(await live()).toEqual([other]);
});

test("an end can be reported although the connections were cut meanwhile", async () => {
  const [first, second] = [await register(), await register()];
  await reporter.report(first);
  await cutConnections();
  await reporter.report(second);
  expect(await registered()).toEqual([]);
});

test("a report that cannot be made says why", async () => {
  const lost = openExitReporter({ databaseUrl: "postgres://nobody@127.0.0.1:1/none", redisUrl: inject("redisUrl") });
  await expect(lost.report("worker-1")).rejects.toThrow(/ECONNREFUSED|Failed query/);
  await lost.close();
});

async function register(): Promise<string> {
  const id = randomUUID();
  await registerWorker(store.db, { id, host: "here", pid: 1, version: "1", agents: ["main"] });
  return id;
}

async function live(): Promise<string[]> {
  return (await listLiveWorkers(store.db, 60_000)).map(({ id }) => id);
}

async function registered() {
  const sql = connect(database.url, 1);
  const rows = await sql`select id from workers`;
  await sql.end();
  return [...rows];
}

async function cutConnections(): Promise<void> {
  const sql = connect(database.url, 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  await sql.end();
}
