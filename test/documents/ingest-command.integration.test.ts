import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runIngest } from "#/lib/cli/ingest.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { countDocuments } from "#/lib/store/documents.ts";
import { type DocumentsServer, serveDocuments } from "#/test/documents/documents-server.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

let database: FreshDatabase;
let store: Store;
let server: DocumentsServer;
let root = "";

beforeAll(async () => {
  database = await freshDatabase();
  store = openStore(database.url);
  server = await serveDocuments(store);
  root = await mkdtemp(join(tmpdir(), "deputy-ingest-"));
  await mkdir(join(root, "many"));
  const writes = Array.from({ length: 230 }, (_, index) =>
    writeFile(join(root, "many", `page-${index}.md`), `# Page ${index}\n\nWhat page number ${index} says.`),
  );
  await Promise.all(writes);
  await writeFile(join(root, "binary.md"), Buffer.from([1, 0, 2]));
  await writeFile(join(root, "large.txt"), "x".repeat(10 * 1024 * 1024 + 1));
});

afterAll(async () => {
  await server.close();
  await store.close();
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

async function ingest(paths: readonly string[], options: { isTTY?: boolean; quiet?: boolean; url?: string } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const status = await runIngest(
    paths.map((path) => join(root, path)),
    {
      url: options.url ?? server.url,
      quiet: options.quiet ?? false,
      stdout: { write: (text) => out.push(text) > 0 },
      stderr: { write: (text) => err.push(text) > 0, isTTY: options.isTTY ?? false },
    },
  );
  return { status, out: out.join(""), err: err.join("") };
}

describe("deputy ingest", () => {
  test("sends a folder in batches and says what became of it", async () => {
    const { status, out, err } = await ingest(["many"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^added 230, updated 0, unchanged 0, skipped 0 \(passages 230\) in \d+\.\d s\n$/);
    expect(err).toMatch(/^1\d\d of 230 files\n2\d\d of 230 files\n$/);
    expect(server.bodies.length).toBe(5);
    expect((await countDocuments(store.db)).documents).toBe(230);
  });

  test("changes only what changed", async () => {
    await writeFile(join(root, "many", "page-7.md"), "# Page 7\n\nSomething else.");
    const { status, out } = await ingest(["many"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^added 0, updated 1, unchanged 229, skipped 0 \(passages 1\)/);
  });

  test("names what it cannot ingest and goes on with the rest", async () => {
    const { status, out, err } = await ingest(["binary.md", "large.txt", "missing.md", "many/page-1.md"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^added 0, updated 0, unchanged 1, skipped 3 /);
    expect(err).toMatch(/skipped \S*binary\.md: it is binary/);
    expect(err).toMatch(/skipped \S*large\.txt: it is too large: 10\.0 MB/);
    expect(err).toMatch(/skipped \S*missing\.md: it does not exist/);
  });

  test("takes a file much larger than a batch", async () => {
    await writeFile(join(root, "limit.txt"), "ten bytes\n".repeat(500_000));
    expect(await ingest(["limit.txt"])).toMatchObject({ status: 0, out: expect.stringMatching(/^added 1, /) });
  });

  test("fails when there is nothing to ingest", async () => {
    await mkdir(join(root, "bare"), { recursive: true });
    const { status, err } = await ingest(["bare"]);
    expect(status).toBe(1);
    expect(err).toMatch(/no documents in \S*bare/);
    expect((await ingest(["missing.md"])).status).toBe(1);
  });

  test("draws a bar on a terminal and takes it away at the end, and nothing when quiet", async () => {
    const { err } = await ingest(["many"], { isTTY: true });
    expect(err).toContain("█ 230 of 230 files");
    expect(err.endsWith("\r\u001b[K")).toBe(true);
    expect((await ingest(["many"], { isTTY: true, quiet: true })).err).toBe("");
  });

  test("says how to start the server when nobody answers", async () => {
    await expect(ingest(["many"], { url: "http://127.0.0.1:9" })).rejects.toMatchObject({
      code: "server-unreachable",
      message: expect.stringMatching(/npm start/),
    });
  });
});

describe("POST /api/documents", () => {
  const post = async (body: string, contentType = "application/json") => {
    const answer = await fetch(server.url, { method: "POST", body, headers: { "content-type": contentType } });
    return { status: answer.status, body: await answer.json() };
  };

  test("refuses what is not what it takes, and says what to do", async () => {
    const document = { origin: "a.md", mediaType: "text/markdown", content: "x" };
    for (const [body, status] of [
      ["{", 400],
      ["{}", 400],
      [JSON.stringify({ documents: [] }), 400],
      [JSON.stringify({ documents: [{ ...document, origin: "" }] }), 400],
      [JSON.stringify({ documents: [{ ...document, origin: "a\u0000b" }] }), 400],
      [JSON.stringify({ documents: [{ ...document, content: 5 }] }), 400],
      [JSON.stringify({ documents: [{ ...document, content: "x".repeat(25 * 1024 * 1024) }] }), 413],
    ] as const) {
      const answer = await post(body);
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({
        code: expect.stringMatching(/^[a-z-]+$/),
        message: expect.stringMatching(/\w \w/),
      });
    }
    expect((await post("x", "text/plain")).status).toBe(415);
  });

  test("answers for each document", async () => {
    const documents = [
      { origin: "x.md", mediaType: "text/markdown", content: "# X\n\nText." },
      { origin: "y.pdf", mediaType: "application/pdf", content: "%PDF" },
    ];
    const { status, body } = await post(JSON.stringify({ documents }));
    expect(status).toBe(200);
    expect(body).toEqual({
      results: [
        { origin: "x.md", outcome: "added", passages: 1 },
        { origin: "y.pdf", outcome: "skipped", passages: 0, reason: expect.stringContaining("application/pdf") },
      ],
    });
  });
});
