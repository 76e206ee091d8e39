import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentContext } from "#/agents/agent.ts";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { ingest } from "#/lib/documents/ingest.ts";
import { mediaTypeOf } from "#/lib/documents/media-type.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { countDocuments } from "#/lib/store/documents.ts";
import { noBoard } from "#/test/agents/knowledge/fake-board.ts";
import { resultIn } from "#/test/agents/knowledge/try-knowledge.ts";
import { questions, unanswerable } from "#/test/documents/questions.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

/** How well search and agent answer questions about real documentation: that of the AI SDK and of Next.js, some 780 files. */
let database: FreshDatabase;
let store: Store;
const sources = new Map<string, string>();

beforeAll(async () => {
  database = await freshDatabase();
  store = openStore(database.url);
  for (const origin of globSync("node_modules/{ai,next/dist}/docs/**/*.{md,mdx}"))
    sources.set(origin, readFileSync(origin, "utf8"));
  const documents = [...sources].map(([origin, content]) => ({
    origin,
    content,
    mediaType: mediaTypeOf(origin) ?? "",
  }));
  await ingest({ store }, { documents });
}, 120_000);

afterAll(async () => {
  await store.close();
  await database.drop();
});

async function ask(task: string) {
  const context: AgentContext = {
    signal: AbortSignal.timeout(20_000),
    dependencies: [],
    board: noBoard,
    mayDelegate: false,
    progress: () => {},
    generate: () => Promise.reject(new Error("no model is called")),
    search: (query, limit) => searchPassages({ store }, query, limit),
    storeArtifact: () => Promise.reject(new Error("nothing is stored")),
  };
  const spec = {
    ref: "t1",
    agent: "knowledge",
    author: "main",
    mode: "parallel",
    priority: "normal",
    strict: true,
    dependsOn: [],
  } as const;
  return resultIn(await knowledge.execute({ ...spec, dependsOn: [], task }, context));
}

const holds = (pages: readonly string[]) => (origin: string) => pages.some((page) => origin.includes(page));

describe("on the documentation of two large projects", () => {
  test("the right page is among the first three of a search for 9 of 10 questions", async () => {
    expect((await countDocuments(store.db)).passages).toBeGreaterThan(2_000);
    const missed: string[] = [];
    for (const { ask: question, pages } of questions) {
      const found = await searchPassages({ store }, question, 20);
      const first = [...new Set(found.map((passage) => passage.origin))].slice(0, 3);
      if (!first.some(holds(pages))) missed.push(`${question} -> ${first.join(", ")}`);
    }
    expect(missed.length, missed.join("\n")).toBeLessThanOrEqual(questions.length / 10);
  });

  test("the agent cites the right page for 9 of 10 questions", async () => {
    const missed: string[] = [];
    for (const { ask: question, pages } of questions) {
      const origins = (await ask(question)).evidence.map((evidence) => evidence.source.origin);
      if (!origins.some(holds(pages))) missed.push(`${question} -> ${origins.join(", ")}`);
    }
    expect(missed.length, missed.join("\n")).toBeLessThanOrEqual(questions.length / 10);
  });

  test("the agent does not answer what the pages do not answer", async () => {
    for (const question of unanswerable) {
      const result = await ask(question);
      expect(
        result.evidence.map((evidence) => evidence.claim),
        question,
      ).toEqual([]);
      expect(result.text).toMatch(/^Nothing in the ingested documents answers/);
    }
  });

  test("errors and aborting of streamText are answered from the pages about them, in their own words", async () => {
    const { evidence, text } = await ask("how streamText reports errors and how to abort it");
    const quotes = evidence.map((found) => found.quote).join("\n");
    expect(quotes).toMatch(/onError/);
    expect(quotes).toMatch(/errors appear as `error` parts|supports error parts|become part of the stream/i);
    expect(quotes).toMatch(/abortSignal/);
    const origins = evidence.map((found) => found.source.origin);
    expect(origins.some(holds(["02-stopping-streams"]))).toBe(true);
    expect(origins.some(holds(["50-error-handling"]))).toBe(true);
    for (const { quote, source } of evidence) expect(sources.get(source.origin)).toContain(quote);
    expect(text.match(/^- /gm)).toHaveLength(evidence.length);
  });

  test("a search takes tens of milliseconds", async () => {
    const times: number[] = [];
    for (const { ask: question } of questions) {
      const began = performance.now();
      await searchPassages({ store }, question, 12);
      times.push(performance.now() - began);
    }
    times.sort((one, other) => one - other);
    expect(times[Math.floor(times.length / 2)]).toBeLessThan(150);
  });
});
