import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { ingest } from "#/lib/documents/ingest.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";
import { FakeBoard } from "#/test/agents/knowledge/fake-board.ts";
import { contextWith, resultIn, taskOf } from "#/test/agents/knowledge/try-knowledge.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** The real search over the product's own documents. */
let world: World;
beforeAll(async () => {
  world = await openWorld();
  const names = readdirSync(join(projectRoot, "docs")).filter((name) => name.endsWith(".md"));
  const documents = names.map((name) => ({
    origin: `docs/${name}`,
    mediaType: "text/markdown",
    content: readFileSync(join(projectRoot, "docs", name), "utf8"),
  }));
  await ingest(world.context, { documents });
});
afterAll(() => world.close());

async function ballotOf(task: string, number: number) {
  const { context } = contextWith([], { search: (query, limit) => searchPassages(world.context, query, limit) });
  const part = { kind: "vote", number, of: 5 } as const;
  return resultIn(await knowledge.execute(taskOf(task, { part }), context));
}

test.each([
  ["Is it true that the browser agent refuses loopback addresses?", "yes", "refuses private, loopback"],
  ["Is it true that a stream entry carries a payload?", "no", "never a payload"],
  ["Is it true that a voter sees the other votes?", "no", "Voters see nothing of one another"],
  ["Is it true that Redis is the record?", "not known", undefined],
  ["Is it true that the offline model needs a network?", "not known", undefined],
  ["Is it true that tulips bloom in May?", "not known", undefined],
])("five voters say: %s %s", async (task, says, quote) => {
  for (const number of [1, 2, 3, 4, 5]) {
    const ballot = await ballotOf(task, number);
    expect(ballot.claims?.[0], `voter ${number}`).toBe(says);
    if (quote !== undefined) expect(ballot.evidence[0]?.quote).toContain(quote);
  }
});

test.each([
  ["Which port does Postgres use?", /Postgres/],
  ["When was the lighthouse Mira lit?", /Mira/],
  ["What does Redis hold?", /Redis/],
])("at the board is posted what has to do with the question, not all that holds its names: %s", async (task, about) => {
  const board = new FakeBoard();
  await board.during("t1", (own) => {
    const search = (query: string, limit: number) => searchPassages(world.context, query, limit);
    return knowledge.execute(taskOf(task, { input: { board: true } }), contextWith([], { board: own, search }).context);
  });
  const facts = board.notes.filter(({ kind }) => kind === "fact").map(({ text }) => text);
  expect(facts.length, facts.join("\n")).toBeLessThanOrEqual(3);
  for (const fact of facts) expect(fact).toMatch(about);
});
