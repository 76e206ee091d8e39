import { afterEach, describe, expect, it } from "vitest";
import type { Models, ModelUsage } from "#/lib/model/models.ts";
import { offlineModels } from "#/test/support/offline.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { openWorld, typesOf, type World } from "#/test/support/world.ts";

/** Budgets of tokens and money, on a real worker whose specialist calls a model that costs something. */
let world: World;
let worker: ScriptedWorker;

afterEach(async () => {
  await worker.stop();
  await world.close();
});

async function open(settings: Record<string, string>, usage: Partial<ModelUsage>): Promise<{ calls: number }> {
  const asked = { calls: 0 };
  const models: Models = {
    ...offlineModels(),
    generate: async ({ tier }) => {
      asked.calls += 1;
      const used = { inputTokens: null, outputTokens: null, costUsd: null, milliseconds: 1 };
      return { text: "said", usage: { model: "costly", tier, ...used, ...usage } };
    },
  };
  world = await openWorld(settings);
  worker = await startScriptedWorker(world, { models });
  return asked;
}

const message = "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: call\n---END---";

/** The specialist calls its model this often. */
function callsModel(times: number): void {
  const request = { tier: "fast", instructions: "", messages: [] } as const;
  worker.on("call", async (context) => {
    for (let call = 0; call < times; call += 1) await context.generate(request);
    return found;
  });
}

describe("a budget", () => {
  it("of tokens is checked before each call of a specialist, and the run is told which one it was", async () => {
    const asked = await open({ DEPUTY_MAX_TOKENS: "100" }, { inputTokens: 60, outputTokens: 10 });
    callsModel(3);
    const events = await world.ended(await world.ask(message));
    // 0 and 70 are below 100, 140 is not: what a call will cost is known only when it is over.
    expect(asked.calls).toBe(2);
    const failed = events.find((event) => event.type === "task.failed");
    expect(failed?.data).toMatchObject({ attempts: 1, dead: "final", error: { code: "budget-tokens" } });
    expect(JSON.stringify(failed?.data)).toContain("DEPUTY_MAX_TOKENS");
  });

  it("of tokens is checked before each turn of the main agent, and ends the run", async () => {
    await open({ DEPUTY_MAX_TOKENS: "100" }, { inputTokens: 90, outputTokens: 10 });
    callsModel(1);
    const events = await world.ended(await world.ask(message));
    expect(typesOf(events)).toContain("task.completed");
    expect(typesOf(events)).not.toContain("turn.started");
    expect(events.at(-1)).toMatchObject({ type: "run.failed", data: { error: { code: "budget-tokens" } } });
  });

  it("of money ends the run in words that name the sum and the setting", async () => {
    await open({ DEPUTY_MAX_COST_USD: "0.05" }, { costUsd: 0.06 });
    callsModel(1);
    const events = await world.ended(await world.ask(message));
    const end = events.at(-1);
    expect(end).toMatchObject({ type: "run.failed", data: { error: { code: "budget-money" } } });
    expect(JSON.stringify(end)).toMatch(/\$0\.06 .*\$0\.05 .*DEPUTY_MAX_COST_USD/);
  });

  it("that is 0 is none", async () => {
    const asked = await open({ DEPUTY_MAX_TOKENS: "0" }, { inputTokens: 1_000_000, outputTokens: 1, costUsd: 1_000 });
    callsModel(3);
    const events = await world.ended(await world.ask(message));
    expect([asked.calls, events.at(-1)?.type]).toEqual([3, "run.completed"]);
  });
});
