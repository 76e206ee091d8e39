import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "#/lib/store/connect.ts";
import { migrate } from "#/lib/store/migrate.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await freshDatabase();
});

afterEach(() => database.drop());

test("a database that has this version's schema is left as it is, however many look at once", async () => {
  const before = await applied();
  await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
  expect(await applied()).toEqual(before);
});

test("a database that a newer version has changed is refused, and left as it is", async () => {
  await run("insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 9999999999999)");
  const before = await applied();
  await expect(migrate(database.url)).rejects.toMatchObject({
    code: "newer-database",
    message: expect.stringContaining("DATABASE_URL, DEPUTY_DATA"),
  });
  expect(await applied()).toEqual(before);
});

function applied() {
  return run("select hash, created_at from drizzle.__drizzle_migrations order by id");
}

async function run(statement: string) {
  const sql = connect(database.url, 1);
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}
