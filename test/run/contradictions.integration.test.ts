import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { all } from "#/test/support/events.ts";
import { type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** Results that contradict each other: whoever reads the answer is told. */
let world: World;
let worker: ScriptedWorker;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_LEASE_SECONDS: "10" });
  worker = await startScriptedWorker(world);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const says = (claim: string): TaskResult => ({ text: claim, claims: [claim], evidence: [], artifacts: [] });

it("the main agent tells both sides of what its results contradict each other in, and which goes first", async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  worker.on(one, () => says("The lease lasts 5 seconds."));
  worker.on(other, () => ({ ...says("The lease lasts 30 seconds."), confidence: 0.9 }));
  const events = await world.ended(await world.ask(`/parallel\nknowledge: ${one}\nplanner: ${other}`));
  const answer = all(events, "text.appended").map(({ data }) => data.text);
  expect(answer.join("")).toContain(
    "**These contradict each other:** “The lease lasts 30 seconds” (planner, t2) and “The lease lasts 5 seconds” (knowledge, t1). t2 is named first",
  );
  expect(all(events, "task.created").map(({ data }) => data.agentPriority)).toEqual([50, 50]);
});
