import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { ingest } from "#/lib/documents/ingest.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";
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
  ["Is it true that tulips bloom in May?", "not known", undefined],
])("five voters say: %s %s", async (task, says, quote) => {
  for (const number of [1, 2, 3, 4, 5]) {
    const ballot = await ballotOf(task, number);
    expect(ballot.claims?.[0], `voter ${number}`).toBe(says);
    if (quote !== undefined) expect(ballot.evidence[0]?.quote).toContain(quote);
  }
});
