import { expect, it, onTestFinished } from "vitest";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { startWorker } from "#/agents/start-worker.ts";
import { ingest } from "#/lib/documents/ingest.ts";
import { offlineModels } from "#/test/support/offline.ts";
import { openWorld } from "#/test/support/world.ts";

const documents = {
  builders: "# Builders\n\nThe vault Orion was built by Kestrel. It stands in a cellar.",
  kestrel: "# Company\n\nNothing of note. Kestrel keeps its codes with the notary Aldous.",
  notary: "# Notary\n\nAldous noted 4711 for the vault. Berta noted 9000 for the garage.",
};

const blockFor = (name: string) => `ACTION: DELEGATE
AGENT_TYPE: knowledge
TASK: Which number opens the vault Orion?
INPUT: {"board": true, "documents": ["${name}.md"]}
---END---`;

it("facts of three documents, one task each, are put together over the real board of a run", async () => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  const { context } = world;
  const contents = Object.entries(documents).map(([name, content]) => ({
    origin: `${name}.md`,
    mediaType: "",
    content,
  }));
  await ingest(context, { documents: contents });
  const worker = await startWorker({ context, agents: [knowledge], models: offlineModels(), version: "test" });
  onTestFinished(() => worker.stop());

  const events = await world.ended(await world.ask(Object.keys(documents).toReversed().map(blockFor).join("\n")));
  const facts = events.flatMap((event) =>
    event.type === "note.posted" && event.data.kind === "fact" ? [event.data.text] : [],
  );
  expect(facts).toEqual([
    "The vault Orion was built by Kestrel.",
    "Kestrel keeps its codes with the notary Aldous.",
    "Aldous noted 4711 for the vault.",
  ]);
  const results = events.flatMap((event) => (event.type === "task.completed" ? [event.data.result.text] : []));
  expect(results).toHaveLength(3);
  for (const text of results) expect(text).toContain("Aldous noted 4711 for the vault.");
});
