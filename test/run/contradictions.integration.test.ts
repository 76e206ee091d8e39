import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GET as getRun } from "#/app/api/runs/[id]/route.ts";
import { ConflictFold } from "#/lib/chat/conflict-parts.ts";
import { openOrchestrator } from "#/lib/orchestrator.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { Context } from "#/lib/run/context.ts";
import { all } from "#/test/support/events.ts";
import { type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** Results that contradict each other: whoever reads the answer is told. */
let world: World;
let worker: ScriptedWorker;

beforeAll(async () => {
  world = await openWorld();
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

it("a program is told what people are told, in its own interface and over HTTP", async () => {
  const [one, other, third] = [randomUUID(), randomUUID(), randomUUID()];
  const [sure, unsure] = [
    { ...says("The lease lasts 30 seconds."), confidence: 0.9 },
    says("The lease lasts 5 seconds."),
  ];
  worker.on(one, () => unsure);
  worker.on(other, () => sure);
  worker.on(third, () => says("Workers renew their lease."));
  const run = await openOrchestrator(world.context).open({ title: "A program" });
  const [first] = await run.sequential([
    { agent: "knowledge", task: one, ref: "a" },
    { agent: "planner", task: other, ref: "b" },
  ]);
  await run.delegate({ agent: "knowledge", task: third, ref: "c" });
  await first?.result();
  await run.close();
  const conflicts = await run.conflicts();
  expect(conflicts).toMatchObject([
    {
      first: { ref: "b", agent: "planner", statement: "The lease lasts 30 seconds." },
      second: { ref: "a", agent: "knowledge", statement: "The lease lasts 5 seconds." },
      rule: expect.stringContaining("sure"),
    },
  ]);
  const shown = new ConflictFold();
  shown.push({ ref: "a", agent: "knowledge", task: one, agentPriority: 50 }, unsure);
  const seen = shown.push({ ref: "b", agent: "planner", task: other, agentPriority: 50 }, sure);
  expect(seen.map(({ conflict }) => conflict)).toEqual(conflicts);
  (globalThis as { deputyContext?: Context }).deputyContext = world.context;
  const answer = await getRun(new Request("http://127.0.0.1:3000"), { params: Promise.resolve({ id: run.id }) });
  expect(await answer.json()).toMatchObject({ id: run.id, status: "completed", conflicts });
});

it("nothing is told of a run whose results agree, nor of the parts of a group", async () => {
  const task = randomUUID();
  worker.on(task, (_context, execution) => says(`The lease lasts ${execution} seconds.`));
  const run = await openOrchestrator(world.context).open({ title: "A program" });
  await run.consensus({ agent: "knowledge", task, voters: 3 });
  await run.close();
  expect(await run.conflicts()).toEqual([]);
});
