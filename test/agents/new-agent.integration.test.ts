import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { loadAgents } from "#/agents/registry.ts";
import { startWorker } from "#/agents/start-worker.ts";
import { listAgents } from "#/lib/run/list-agents.ts";
import { temporaryFolder } from "#/test/support/folder.ts";
import { offlineModels } from "#/test/support/offline.ts";
import { openWorld } from "#/test/support/world.ts";

/** All that there is of an agent which the product does not have. */
const review = `
export const review = {
  type: "review",
  name: "Review",
  description: "Counts the words of a text.",
  capabilities: [{ name: "count-words", description: "How many words a text has", input: "text", output: "number" }],
  timeoutMs: 5_000,
  concurrency: 1,
  async execute({ task }, { progress }) {
    progress("Counting");
    return { text: task.split(" ").length + " words", evidence: [], artifacts: [] };
  },
};
`;

it("an agent that is one new file is registered, is asked for a task, and does it", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "review"));
  writeFileSync(join(folder, "review", "agent.ts"), review);
  const agents = await loadAgents(pathToFileURL(`${folder}/`));

  const world = await openWorld();
  onTestFinished(() => world.close());
  const worker = await startWorker({ context: world.context, agents, models: offlineModels(), version: "test" });
  onTestFinished(() => worker.stop());

  const cards = await listAgents(world.context);
  expect(cards.find(({ type }) => type === "review")).toMatchObject({ name: "Review", registered: true, workers: 1 });
  expect(cards.find(({ type }) => type === "debug")).toMatchObject({ registered: false });

  const events = await world.ended(await world.ask("/delegate review one two three"));
  expect(events.find(({ type }) => type === "task.completed")).toMatchObject({
    agent: "review",
    data: { result: { text: "3 words" } },
  });
  const routed = await world.ended(await world.ask("/delegate can:count_words four words are here"));
  expect(routed.find(({ type }) => type === "task.completed")).toMatchObject({
    agent: "review",
    data: { result: { text: "4 words" } },
  });
});
