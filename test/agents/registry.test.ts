import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { agentIn } from "#/agents/check-agent.ts";
import { cardOf, loadAgents } from "#/agents/registry.ts";
import { RegisteredCard } from "#/lib/protocol/agent.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

const good = {
  type: "review",
  name: "Review",
  description: "Checks another's work.",
  capabilities: [{ name: "check-work", description: "Finds what is wrong with a text", input: "text" }],
  timeoutMs: 1_000,
  concurrency: 2,
  execute: async () => ({ text: "fine", evidence: [], artifacts: [] }),
};

/** A folder of agents, each written as the source of its one file. */
function folderWith(files: Record<string, string>): URL {
  const folder = temporaryFolder();
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "agent.ts"), source);
  }
  return pathToFileURL(`${folder}/`);
}

const source = (fields: Record<string, unknown> = {}) => {
  const { execute, ...card } = { ...good, ...fields };
  const text = JSON.stringify(card).slice(1, -1);
  return `export const agent = { ${text}, execute: async () => ({ text: "fine", evidence: [], artifacts: [] }) };`;
};

describe("the registry", () => {
  test("holds each agent of the product, with a card that is valid", async () => {
    const agents = await loadAgents();
    expect(agents.map(({ type }) => type)).toEqual(["browser", "knowledge", "planner"]);
    for (const card of agents.map(cardOf)) {
      expect(RegisteredCard.parse(card)).toEqual(card);
      expect(card.inputSchema).toMatchObject({ type: "object" });
      for (const { input, output, estimatedSeconds, estimatedCostUsd } of card.capabilities) {
        expect([input, output, estimatedSeconds, estimatedCostUsd]).not.toContain(undefined);
      }
    }
  });

  test("gains an agent by one new file", async () => {
    const folder = folderWith({ review: source() });
    const [agent] = await loadAgents(folder);
    expect(agent && cardOf(agent)).toEqual({
      type: "review",
      name: "Review",
      description: "Checks another's work.",
      timeoutMs: 1_000,
      capabilities: good.capabilities,
    });
  });

  test("leaves out the main agent, and folders without an agent", async () => {
    expect(await loadAgents(folderWith({ main: "export const x = 1;", "docs/deep": "export const x = 1;" }))).toEqual(
      [],
    );
  });

  test("refuses a type that another file has taken, and names both", async () => {
    await expect(loadAgents(folderWith({ one: source(), two: source() }))).rejects.toMatchObject({
      code: "registration-refused",
      message: expect.stringContaining("agents/two/agent.ts: the type review is taken by agents/one/agent.ts"),
    });
  });

  test("names every file that is at fault, those that cannot be loaded too", async () => {
    const folder = folderWith({
      broken: 'throw new Error("no such service");',
      empty: "export const nothing = {};",
      wrong: source({ timeoutMs: -1, priority: 101 }),
    });
    const message = await loadAgents(folder).catch((thrown) => thrown.message);
    expect(message).toContain("agents/broken/agent.ts: it cannot be loaded: no such service");
    expect(message).toContain("agents/empty/agent.ts: it exports no agent");
    expect(message).toContain("agents/wrong/agent.ts: timeoutMs:");
    expect(message).toContain("agents/wrong/agent.ts: priority:");
  });
});

describe("an agent is refused", () => {
  test.each([
    ["with a type outside of the catalogue", { type: "poet" }, /^type is none of the catalogue/],
    ["without a name", { name: " " }, /^name: /],
    ["with a description of several lines", { description: "a\nb" }, /^description: /],
    [
      "with a capability that nobody can ask for",
      { capabilities: [{ name: "Web Search", description: "x" }] },
      /^capabilities\.0\.name: /,
    ],
    [
      "with one capability under two names that are the same",
      { capabilities: ["read-page", "read_page"].map((name) => ({ name, description: "x" })) },
      /^capabilities: "read-page" is named twice/,
    ],
    ["without time", { timeoutMs: 0 }, /^timeoutMs: /],
    ["without room for one task", { concurrency: 0 }, /^concurrency: /],
    ["with half a priority", { priority: 1.5 }, /^priority: /],
    ["with a schema that is none", { inputSchema: { type: "object" } }, /^inputSchema: is no zod schema/],
    ["with a bid that is no function", { bid: 3 }, /^bid: is no function/],
    ["with an execute that is no function", { execute: "later" }, /^execute: is no function/],
  ])("%s", (_, fields, fault) => {
    const checked = agentIn({ agent: { ...good, ...fields } });
    expect("faults" in checked ? checked.faults : []).toEqual([expect.stringMatching(fault)]);
  });

  test("with a schema that cannot be told to others", async () => {
    const { z } = await import("zod");
    const checked = agentIn({ agent: { ...good, inputSchema: z.object({ at: z.date() }) } });
    expect(checked).toEqual({ faults: [expect.stringMatching(/^inputSchema: cannot be written as JSON Schema/)] });
  });

  test("together with another one of the same file", () => {
    expect(agentIn({ one: good, two: { ...good } })).toEqual({ faults: [expect.stringContaining("2 agents")] });
  });
});
