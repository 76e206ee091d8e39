import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ingest } from "#/lib/documents/ingest.ts";
import { openDocument } from "#/lib/documents/open-document.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { countDocuments } from "#/lib/store/documents.ts";
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

const markdown = (origin: string, content: string) => ({ origin, mediaType: "text/markdown", content });
const put = (...documents: { origin: string; mediaType: string; content: string }[]) =>
  ingest({ store }, { documents });

describe("ingesting", () => {
  test("adds, leaves alone what has not changed, and updates what has", async () => {
    const guide = markdown("guide.md", "# Guide\n\nA fencing token is raised by every claim.");
    expect(await put(guide)).toEqual([{ origin: "guide.md", outcome: "added", passages: 1 }]);
    const [before] = await searchPassages({ store }, "fencing token", 1);
    expect(await put(guide)).toEqual([{ origin: "guide.md", outcome: "unchanged", passages: 0 }]);
    const changed = markdown("guide.md", "# Guide\n\nA lease is renewed every second.");
    expect(await put(changed)).toEqual([{ origin: "guide.md", outcome: "updated", passages: 1 }]);
    expect(await searchPassages({ store }, "fencing token", 5)).toEqual([]);
    const [after] = await searchPassages({ store }, "lease renewed", 1);
    expect(after?.documentId).toBe(before?.documentId);
    expect(await countDocuments(store.db)).toEqual({ documents: 1, passages: 1 });
  });

  test("skips what cannot be read, with the reason, and stores the rest", async () => {
    const results = await put(
      markdown("good.md", "Good text."),
      markdown("binary.md", "PK\u0003\u0004\u0000"),
      markdown("empty.md", "  \n\n"),
      { origin: "picture.png", mediaType: "image/png", content: "x" },
      markdown("also-good.md", "More good text."),
    );
    expect(results.map(({ origin, outcome }) => `${origin} ${outcome}`)).toEqual([
      "good.md added",
      "binary.md skipped",
      "empty.md skipped",
      "picture.png skipped",
      "also-good.md added",
    ]);
    for (const result of results) if (result.outcome === "skipped") expect(result.reason).toMatch(/\w+ \w+/);
  });

  test("of one origin twice in one go keeps the last", async () => {
    const results = await put(markdown("twice.md", "first version"), markdown("twice.md", "second version"));
    expect(results.map((result) => result.outcome)).toEqual(["added", "updated"]);
    const [found] = await searchPassages({ store }, "second version", 1);
    expect(found).toMatchObject({ origin: "twice.md", text: "second version" });
  });
});

describe("searching", () => {
  test("finds identifiers whole and by the words in them, and words by their stems", async () => {
    await put(markdown("abort.md", "# Cancelling\n\nPass an `abortSignal` to `streamText`; set DEPUTY_MAX_TASKS."));
    for (const query of [
      "abortSignal",
      "abort signal",
      "aborted signals",
      "streamtext",
      "max tasks",
      "DEPUTY_MAX_TASKS",
    ]) {
      expect((await searchPassages({ store }, query, 1))[0]?.origin, query).toBe("abort.md");
    }
  });

  test("gives what a person needs to open the passage", async () => {
    const [found] = await searchPassages({ store }, "abortSignal", 1);
    expect(found).toMatchObject({ title: "Cancelling", heading: [], ordinal: 0 });
    const document = await openDocument({ store }, found?.documentId ?? "");
    expect(document?.passages[found?.ordinal ?? -1]?.text).toBe(found?.text);
  });

  test("answers queries without words, and of any length", async () => {
    expect(await searchPassages({ store }, "", 5)).toEqual([]);
    expect(await searchPassages({ store }, "the of and", 5)).toEqual([]);
    expect(await searchPassages({ store }, "'; drop table passages; --", 5)).toBeInstanceOf(Array);
    expect(await searchPassages({ store }, "abortSignal ".repeat(10_000), 5)).not.toEqual([]);
  });
});
