import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { countWorkers } from "#/lib/launch/worker-census.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { registerWorker } from "#/lib/store/workers.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

let database: FreshDatabase;
let store: Store;

beforeEach(async () => {
  database = await freshDatabase();
  store = openStore(database.url, { max: 1 });
});

afterEach(async () => {
  await store.close();
  await database.drop();
});

test("living workers are counted by version", async () => {
  const versions = ["1.0.0", "1.1.0", "1.1.0"];
  for (const [at, version] of versions.entries())
    await registerWorker(store.db, { id: `worker-${at}`, host: "here", pid: at, version, agents: ["main"] });
  const counts = await countWorkers({ databaseUrl: database.url, dataDir: temporaryFolder(), leaseMs: 1_500 });
  expect(counts).toHaveLength(2);
  expect(counts).toEqual(
    expect.arrayContaining([
      { version: "1.0.0", count: 1 },
      { version: "1.1.0", count: 2 },
    ]),
  );
});

test("where no database answers, nothing is said of workers", async () => {
  const dataDir = join(temporaryFolder(), "data");
  expect(await countWorkers({ databaseUrl: undefined, dataDir, leaseMs: 1_500 })).toBeNull();
});
