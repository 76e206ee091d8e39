import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { ingest } from "#/lib/documents/ingest.ts";
import { mediaTypeOf } from "#/lib/documents/media-type.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { ownDocuments } from "#/lib/launch/own-documents.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { countDocuments } from "#/lib/store/documents.ts";
import { contextWith, resultIn, taskOf } from "#/test/agents/knowledge/try-knowledge.ts";
import { notAboutDeputy, ownQuestions, type Question, questions, unanswerable } from "#/test/documents/questions.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

/** How well search and agent answer questions about real documentation. */
let store: Store;

/** For the tests of one group, a collection of its own. */
function withDocuments(documents: () => Parameters<typeof ingest>[1]["documents"]) {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    store = openStore(database.url);
    await ingest({ store }, { documents: documents() });
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await database.drop();
  });
}

async function ask(task: string) {
  const { context } = contextWith([], { search: (query, limit) => searchPassages({ store }, query, limit) });
  return resultIn(await knowledge.execute(taskOf(task), context));
}

const holds = (pages: readonly string[]) => (origin: string) => pages.some((page) => origin.includes(page));

const origins = (result: TaskResult) => result.evidence.map((evidence) => evidence.source.origin);

/** For 9 of 10 questions at least. */
async function expectRightPages(
  asked: readonly Question[],
  pagesFor: (question: string) => Promise<readonly string[]>,
) {
  const missed: string[] = [];
  for (const { ask: question, pages } of asked) {
    const found = await pagesFor(question);
    if (!found.some(holds(pages))) missed.push(`${question} -> ${found.join(", ")}`);
  }
  expect(missed.length, missed.join("\n")).toBeLessThanOrEqual(asked.length / 10);
}

const cited = async (question: string) => origins(await ask(question));

async function firstThree(question: string): Promise<string[]> {
  const found = await searchPassages({ store }, question, 20);
  return [...new Set(found.map((passage) => passage.origin))].slice(0, 3);
}

async function expectNoAnswer(question: string) {
  const result = await ask(question);
  expect(
    result.evidence.map((evidence) => evidence.claim),
    question,
  ).toEqual([]);
  expect(result.text).toMatch(/^Nothing in the ingested documents answers/);
}

describe("on Deputy's own documentation, as the first start ingests it", () => {
  withDocuments(ownDocuments);

  test("the right page is among the first three of a search for 9 of 10 questions", async () => {
    await expectRightPages(ownQuestions, firstThree);
  });

  test("the agent cites the right page for 9 of 10 questions", async () => {
    await expectRightPages(ownQuestions, cited);
  });

  test("the agent does not answer what the pages do not answer, though each is about Deputy", async () => {
    for (const question of notAboutDeputy) await expectNoAnswer(question);
  });

  test("a lost worker and a lost Redis are answered from the page about delivery, outright", async () => {
    const quotes = async (task: string) => (await ask(task)).evidence.map((evidence) => evidence.quote).join("\n");
    expect(await quotes("how Deputy handles a lost worker")).toMatch(/its tasks go to other workers/);
    expect(await quotes("how Deputy handles a lost Redis")).toMatch(/runs go on more slowly from Postgres/);
  });
});

/** That of the AI SDK and of Next.js, some 780 files. */
describe("on the documentation of two large projects", () => {
  const files = globSync("node_modules/{ai,next/dist}/docs/**/*.{md,mdx}");
  const sources = new Map(files.map((origin) => [origin, readFileSync(origin, "utf8")]));
  withDocuments(() =>
    [...sources].map(([origin, content]) => ({ origin, content, mediaType: mediaTypeOf(origin) ?? "" })),
  );

  test("the right page is among the first three of a search for 9 of 10 questions", async () => {
    expect((await countDocuments(store.db)).passages).toBeGreaterThan(2_000);
    await expectRightPages(questions, firstThree);
  });

  test("the agent cites the right page for 9 of 10 questions", async () => {
    await expectRightPages(questions, cited);
  });

  test("the agent does not answer what the pages do not answer", async () => {
    for (const question of unanswerable) await expectNoAnswer(question);
  });

  test("errors and aborting of streamText are answered from the pages about them, in their own words", async () => {
    const result = await ask("how streamText reports errors and how to abort it");
    const { evidence, text } = result;
    const quotes = evidence.map((found) => found.quote).join("\n");
    expect(quotes).toMatch(/onError/);
    expect(quotes).toMatch(/errors appear as `error` parts|supports error parts|become part of the stream/i);
    expect(quotes).toMatch(/abortSignal/);
    expect(origins(result).some(holds(["02-stopping-streams"]))).toBe(true);
    expect(origins(result).some(holds(["50-error-handling"]))).toBe(true);
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
