import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openAgentBreakers } from "#/agents/agent-breakers.ts";
import { openDesks } from "#/agents/desks.ts";
import { TaskLoop } from "#/agents/task-loop.ts";
import { HeldTasks } from "#/lib/run/held-tasks.ts";
import { Refusals } from "#/lib/run/refusals.ts";
import { Settings } from "#/lib/run/turn-input.ts";
import { offlineModels } from "#/test/support/offline.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

function loopUnder(signal: AbortSignal) {
  const { context } = world;
  const desks = openDesks([], 60_000);
  const breakers = openAgentBreakers(context.env.breaker);
  const trade = { agents: [], models: offlineModels(), breakers, settings: new Settings() };
  const parts = { context, workerId: "w1", desks, trade, held: new HeldTasks(), refusals: new Refusals(context) };
  const free = () => desks.find(({ agent }) => agent === "main")?.slots.free ?? 0;
  return { loop: new TaskLoop(parts, signal), free };
}

const unheard = () => ({ id: randomUUID(), hash: "x" });

it("takes what Redis did not deliver while there is room, and gives the room back when there was nothing to take", async () => {
  const { loop, free } = loopUnder(new AbortController().signal);
  const room = free();
  for (let more = 0; more < room + 5; more += 1) loop.takeUnheard("main", unheard());
  expect(free()).toBe(0);
  await until(() => free() === room, { what: "the room to be free again" });
});

it("takes nothing any more when it was told to stop", () => {
  const { loop, free } = loopUnder(AbortSignal.abort());
  const room = free();
  loop.takeUnheard("main", unheard());
  expect(loop.reserve("main")).toBeNull();
  expect(free()).toBe(room);
});
