import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "#/lib/store/db.ts";
import {
  countDocuments,
  findCandidates,
  findDocument,
  hashesOf,
  type NewDocument,
  putDocument,
  queryTerms,
  readPassages,
} from "#/lib/store/documents.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = openStore(database.url);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const documentOf = (origin: string, texts: readonly string[], rest: Partial<NewDocument> = {}): NewDocument => ({
  id: randomUUID(),
  origin,
  title: "Leases",
  mediaType: "text/markdown",
  hash: "h1",
  bytes: 10,
  words: "Leases",
  passages: texts.map((text, index) => ({
    heading: [`Part ${index}`],
    text,
    words: { heading: `Part ${index}`, text },
  })),
  ...rest,
});

describe("a document", () => {
  test("is stored with its passages in order, and found by its id only", async () => {
    const document = documentOf("a.md", ["first", "second", "third"]);
    expect(await putDocument(store.db, document)).toBe("added");
    const found = await findDocument(store.db, document.id);
    expect(found).toMatchObject({ origin: "a.md", title: "Leases", bytes: 10 });
    expect(found?.passages.map((passage) => [passage.ordinal, passage.text])).toEqual([
      [0, "first"],
      [1, "second"],
      [2, "third"],
    ]);
    expect(await findDocument(store.db, randomUUID())).toBeNull();
    expect(await findDocument(store.db, "'; drop table documents; --")).toBeNull();
  });

  test("keeps its id when its origin is stored again, and loses its old passages", async () => {
    const first = documentOf("b.md", ["old one", "old two"]);
    await putDocument(store.db, first);
    const again = documentOf("b.md", ["new"], { hash: "h2", title: "Renewed" });
    expect(await putDocument(store.db, again)).toBe("updated");
    const found = await findDocument(store.db, first.id);
    expect(found).toMatchObject({ title: "Renewed", hash: "h2" });
    expect(found?.passages.map((passage) => passage.text)).toEqual(["new"]);
    expect(await findDocument(store.db, again.id)).toBeNull();
  });

  test("is stored once by writers that come at the same time", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, writer) => putDocument(store.db, documentOf("c.md", [`by ${writer}`, "more"]))),
    );
    expect(outcomes.filter((outcome) => outcome === "added")).toHaveLength(1);
    const id = await store.sql<{ id: string }[]>`select id from documents where origin = 'c.md'`;
    expect(id).toHaveLength(1);
    expect((await findDocument(store.db, id[0]?.id ?? ""))?.passages).toHaveLength(2);
  });

  test("may hold thousands of passages, characters that Postgres refuses, and words without end", async () => {
    const document = documentOf(
      "d.md",
      Array.from({ length: 900 }, (_, index) => `passage ${index} \u0000 \ud800 ${"x".repeat(3_000)}`),
    );
    await putDocument(store.db, document);
    expect((await findDocument(store.db, document.id))?.passages.at(-1)?.text).toMatch(/^passage 899 {2}\ufffd x/);
  });

  test("leaves nothing behind when one of its passages cannot be stored", async () => {
    const before = await countDocuments(store.db);
    const broken = documentOf("e.md", ["good"], { id: "no uuid" });
    await expect(putDocument(store.db, broken)).rejects.toThrow();
    expect(await countDocuments(store.db)).toEqual(before);
    expect(await hashesOf(store.db, ["e.md", "b.md"])).toEqual(new Map([["b.md", "h2"]]));
    expect(await hashesOf(store.db, [])).toEqual(new Map());
  });
});

describe("the terms of a query", () => {
  test("are stems with the number of passages that hold them", async () => {
    await putDocument(store.db, documentOf("f.md", ["zebras renewing", "zebra", "renewal of quaggas"]));
    const { terms, total } = await queryTerms(store.db, { whole: "the Zebras of unicorns", parts: "zebra renew" });
    expect(total).toBe((await countDocuments(store.db)).passages);
    expect(Object.fromEntries(terms.map((term) => [term.lexeme, [term.weight, term.frequency]]))).toEqual({
      zebra: [1, 2],
      unicorn: [1, 0],
      renew: [0.3, 2],
    });
  });

  test("of nothing but stop words are none", async () => {
    expect((await queryTerms(store.db, { whole: "the of it", parts: "" })).terms).toEqual([]);
    expect((await queryTerms(store.db, { whole: "", parts: "" })).terms).toEqual([]);
  });

  test("are data, whatever they hold", async () => {
    const hostile = `') or true; -- \\ & | ! <-> :* "q" 'z'`;
    expect(
      (await queryTerms(store.db, { whole: hostile, parts: hostile })).terms.every((term) => term.frequency === 0),
    ).toBe(true);
  });
});

describe("candidates", () => {
  test("come with the places and fields of each term, headings before mentions, in no order", async () => {
    const headed = documentOf("g.md", ["gnu one", "about gnu and emu"], { title: "Emu", words: "Emu" });
    await putDocument(store.db, headed);
    await putDocument(store.db, documentOf("h.md", ["an emu"]));
    const terms = [
      { lexeme: "gnu", worth: 3, common: false },
      { lexeme: "emu", worth: 1, common: false },
    ];
    const found = (await findCandidates(store.db, terms, 2)).sort((one, other) => one.ordinal - other.ordinal);
    expect(found.map((passage) => [passage.documentId, passage.ordinal])).toEqual([
      [headed.id, 0],
      [headed.id, 1],
    ]);
    expect(found[1]?.hits.find((hit) => hit.lexeme === "emu")?.fields.sort()).toEqual(["A", "D"]);
    expect(await findCandidates(store.db, [], 5)).toEqual([]);
  });

  test("are not chosen by a common term that they merely mention", async () => {
    const common = [{ lexeme: "emu", worth: 1, common: true }];
    const found = await findCandidates(store.db, common, 10);
    const origins = (await readPassages(store.db, found)).map((passage) => passage.origin);
    expect([...new Set(origins)]).toEqual(["g.md"]);
  });
});
