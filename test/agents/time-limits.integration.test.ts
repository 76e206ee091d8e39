import { afterAll, beforeAll, expect, it } from "vitest";
import { listRegisteredAgents } from "#/lib/store/workers.ts";
import { openWorld, type World } from "#/test/support/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_TASK_SECONDS: "7", DEPUTY_BROWSER_SECONDS: "9" });
});
afterAll(() => world.close());

it("an attempt of each agent has the time that the settings give it", async () => {
  await world.startWorker();
  const cards = await listRegisteredAgents(world.context.store.db);
  const times = Object.fromEntries(cards.map(({ type, timeoutMs }) => [type, timeoutMs]));
  expect(times).toEqual({ knowledge: 7_000, planner: 7_000, browser: 9_000 });
});
