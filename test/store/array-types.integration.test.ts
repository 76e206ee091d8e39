import type { Sql } from "postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrayTypes } from "#/lib/store/array-types.ts";
import { connect } from "#/lib/store/connect.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

let database: FreshDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await freshDatabase();
  sql = connect(database.url, 1);
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

const hostile = ["", " ", "a,b", '"', "\\", '\\"', "{}", "NULL", "null", "line\nbreak", "ß 漢字 👩‍👩‍👧", "'"];

it("texts come back as they were sent, whatever stands in them", async () => {
  const [row] = await sql`select ${hostile}::text[] as texts, ${hostile}::varchar[] as strings`;
  expect(row).toEqual({ texts: hostile, strings: hostile });
  for (const [at, text] of hostile.entries()) {
    expect(await sql`select (${hostile}::text[])[${at + 1}::int] = ${text}::text as same`).toEqual([{ same: true }]);
  }
});

it("numbers, booleans and ids do, too, with those that are not there", async () => {
  const id = "01a1ff55-ffd3-74f8-aba1-a68b7d51668a";
  const [row] = await sql`
    select ${[1, -2, 3]}::int[] as ints, ${[0.5, 1e300]}::float8[] as floats, ${[7]}::int2[] as small, ${["9007199254740993"]}::int8[] as large,
      array[true, false, null] as booleans, ${[id, null]}::uuid[] as ids, ${[null, "NULL"]}::text[] as texts`;
  expect(row).toEqual({
    ints: [1, -2, 3],
    floats: [0.5, 1e300],
    small: [7],
    large: ["9007199254740993"],
    booleans: [true, false, null],
    ids: [id, null],
    texts: [null, "NULL"],
  });
});

it("an empty array is one, and a written one is taken as it stands", async () => {
  const [row] = await sql`select ${[]}::uuid[] as none, ${'{a,"b c"}'}::text[] as written`;
  expect(row).toEqual({ none: [], written: ["a", "b c"] });
});

it("nothing undefined is sent", () => {
  expect(() => arrayTypes.ofTexts.serialize(["a", undefined])).toThrow("undefined");
});
