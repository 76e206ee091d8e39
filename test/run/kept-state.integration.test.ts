import { afterAll, beforeAll, expect, it } from "vitest";
import { type Context, closeContext, openContext } from "#/lib/run/context.ts";
import { seeded } from "#/test/faults/random.ts";
import { AnyDeed, type AnyRun } from "#/test/run/any-deed.ts";
import { type Watched, watchChanges } from "#/test/run/watched-changes.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** A process goes on from what it left of a run: that must be what a reading would give it. */
const STEPS = 450;
/** So long mostly one process has the runs to itself. */
const STRETCH = 25;

let world: World;
let contexts: Context[];
let watched: Watched;

beforeAll(async () => {
  const settings = { DEPUTY_MAX_TASKS: "60", DEPUTY_MAX_LIVE_TASKS: "2", DEPUTY_RETRY_SECONDS: "0.01,0.05,0.1" };
  world = await openWorld(settings);
  await registerTestAgents(world.context);
  contexts = [world.context, openContext(world.context.env), openContext(world.context.env)];
  watched = watchChanges(contexts);
});
afterAll(async () => {
  for (const context of contexts.slice(1)) await closeContext(context);
  await world.close();
});

it.each([1, 2, 3])("makes each change from what the record says, whoever changed it before (seed %i)", async (seed) => {
  const random = seeded(seed);
  const deed = new AnyDeed(world, contexts, random);
  await deed.register();
  const runs: AnyRun[] = [];
  async function step(context: Context): Promise<void> {
    const at = random.between(0, 2);
    const run = runs[at];
    if (run === undefined || !(await deed.step(context, run))) runs[at] = await deed.open(context);
  }
  for (let at = 0; at < STEPS; at += 1) {
    const usual = contexts[Math.floor(at / STRETCH) % contexts.length] ?? world.context;
    const someone = () => (random.chance(0.15) ? random.pick(contexts) : usual);
    const together = random.chance(0.1) ? 3 : 1;
    // While others change it, too, it need not be what it was a moment ago.
    watched.isComparing = together === 1;
    await Promise.all(Array.from({ length: together }, () => step(someone())));
  }
  for (const { runId } of runs) {
    expect((await world.events(runId)).every(({ seq }, index) => seq === index + 1)).toBe(true);
  }
  expect(watched.findings.splice(0)).toEqual([]);
});
