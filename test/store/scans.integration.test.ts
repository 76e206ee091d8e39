import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Db, openStore, type Store } from "#/lib/store/db.ts";
import { findLessons } from "#/lib/store/lessons.ts";
import { listOverdueRuns } from "#/lib/store/runs.ts";
import { listSlowTasks } from "#/lib/store/slow-tasks.ts";
import {
  listForgottenRuns,
  listOrphanedTasks,
  listOverdueTasks,
  listTasksOfWorker,
  listUnrungTasks,
} from "#/lib/store/stray-tasks.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

/** What is asked every second, or by every run, must not read a table from end to end when it has grown. */
const ROWS = 20_000;

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  // One connection, so that it counts what it read itself.
  store = openStore(database.url, { max: 1 });
  const { sql } = store;
  const runId = randomUUID();
  await sql`insert into conversations (id, title) values ('c', 'c')`;
  await sql`insert into messages (id, conversation_id, text) values ('m', 'c', 'm')`;
  await sql`insert into runs (id, conversation_id, message_id, deadline_at, status)
    values (${runId}, 'c', 'm', now(), 'completed')`;
  await sql`insert into tasks (id, run_id, ref, agent, author, mode, priority, hash, status, open, dispatched_at)
    select gen_random_uuid(), ${runId}, 't' || n, 'knowledge', 'user', 'parallel', 'normal', 'h', 'completed', false, now()
    from generate_series(1, ${ROWS}) n`;
  await sql`insert into lessons (id, run_id, lesson, tags)
    select gen_random_uuid(), ${runId}, 'word' || n || ' and needle' || n, '{}' from generate_series(1, ${ROWS}) n`;
  await sql`analyze`;
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

/** Rows of the table that sequential scans have read while `work` went on. */
async function scanned(table: string, work: (db: Db) => Promise<unknown>): Promise<number> {
  const before = await rowsRead(table);
  await work(store.db);
  return (await rowsRead(table)) - before;
}

async function rowsRead(table: string): Promise<number> {
  await store.sql`select pg_stat_force_next_flush()`;
  const [row] = await store.sql`select seq_tup_read::int as rows from pg_stat_user_tables where relname = ${table}`;
  return Number(row?.rows);
}

describe("a grown database", () => {
  it.each([
    ["tasks of workers that are gone", listOrphanedTasks],
    ["tasks past their deadline", (db: Db) => listOverdueTasks(db, 0)],
    ["parents that wait for nobody", listForgottenRuns],
    ["tasks that nobody rang for", (db: Db) => listUnrungTasks(db, { quietMs: 1_000, silentMs: 1_000 })],
    ["tasks that take long", (db: Db) => listSlowTasks(db, Array(11).fill(0))],
    ["tasks of one worker", (db: Db) => listTasksOfWorker(db, "w", 0)],
    ["runs past their deadline", listOverdueRuns],
  ])("is not read from end to end for %s", async (_what, list) => {
    expect(await scanned("tasks", list)).toBe(0);
  });

  it("finds the lessons of a run without reading all of them", async () => {
    expect(await scanned("lessons", (db) => findLessons(db, "Where is needle77?", 3))).toBe(0);
    expect(await findLessons(store.db, "Where is needle77?", 3)).toEqual(["word77 and needle77"]);
  });

  it("counts what is read from end to end", async () => {
    expect(await scanned("tasks", () => store.sql`select count(*) from tasks where hash <> 'h'`)).toBe(ROWS);
  });
});
