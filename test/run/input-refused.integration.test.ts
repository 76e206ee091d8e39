import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOrchestrator } from "#/lib/orchestrator.ts";
import { registerAgents } from "#/lib/store/workers.ts";
import { all } from "#/test/support/events.ts";
import { reviewer } from "#/test/support/reviewer.ts";
import { type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** INPUT that an agent says it does not take, from everybody who can delegate. */
let world: World;
let worker: ScriptedWorker;

beforeAll(async () => {
  world = await openWorld();
  worker = await startScriptedWorker(world);
  await registerAgents(world.context.store.db, [reviewer]);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;

describe("INPUT that an agent does not take", () => {
  it("is refused to a program, which has created nothing then", async () => {
    const run = await openOrchestrator(world.context).open({ title: "A program" });
    const refused = run.delegate({ agent: "review", task: "look", input: { files: [] } });
    await expect(refused).rejects.toMatchObject({
      code: "bad-graph",
      faults: [{ path: "tasks[0].input.files", message: expect.stringContaining("It is empty; give at least one.") }],
    });
    expect(all(await world.events(run.id), "task.created")).toEqual([]);
    expect((await run.delegate({ agent: "review", task: "look", input: { files: ["a.ts"] } })).ref).toMatch(/^p\d$/);
    await run.cancel();
  });

  it("is refused to an agent that delegates, with the reason in the log, and the rest runs", async () => {
    const [task, good] = [words("group"), words("good")];
    worker.on(task, () => ({
      delegate: [
        { ref: "bad", agent: "review", task: "look", input: { file: "a.ts" } },
        { ref: "good", agent: "knowledge", task: good },
      ],
    }));
    const text = `ACTION: DELEGATE\nAGENT_TYPE: knowledge\nMODE: hierarchical\nTASK: ${task}\n---END---`;
    const events = await world.ended(await world.ask(text));
    expect(all(events, "action.refused").map(({ data }) => [data.author, data.code, data.message])).toEqual([
      ["agent", "bad-value", expect.stringContaining("INPUT.file: There is no such field; leave it out.")],
    ]);
    expect(all(events, "task.created").map(({ data }) => data.ref)).toEqual(["t1", "t1.good"]);
  });

  it("is told of in the record of a person's message, and nothing runs with it", async () => {
    const text = 'ACTION: DELEGATE\nAGENT_TYPE: review\nTASK: look\nINPUT: {"files": "a.ts"}\n---END---';
    const events = await world.ended(await world.ask(text));
    expect(all(events, "action.refused").map(({ data }) => [data.author, data.code, data.message])).toEqual([
      ["user", "bad-value", expect.stringContaining("INPUT.files: It has to be a list, and is a text.")],
    ]);
    expect(all(events, "task.created")).toEqual([]);
  });

  it("is refused where the terms of an auction are out of their range, and nobody is asked for a bid", async () => {
    const block = (terms: string) =>
      `ACTION: DELEGATE\nAGENT_TYPE: any\nMODE: market\nTASK: Work\nINPUT: {"market": ${terms}}\n---END---`;
    const events = await world.ended(await world.ask([block('{"rounds": 9}'), block("3")].join("\n")));
    expect(all(events, "action.refused").map(({ data }) => [data.code, data.message])).toEqual([
      ["bad-value", "INPUT.market.rounds must be a whole number from 1 to 5."],
      ["bad-value", "INPUT.market must be an object of terms."],
    ]);
    expect(all(events, "task.created")).toEqual([]);
  });

  it("is refused to a change of the plan, all of it", async () => {
    const run = await openOrchestrator(world.context).open({ title: "A program" });
    const add = [{ agent: "review" as const, task: "look", input: { files: "a.ts" } }];
    await expect(run.replan({ add })).rejects.toMatchObject({
      code: "bad-graph",
      message: expect.stringContaining(
        "add[0].input.files: It has to be a list, and is a text. This is for the review agent",
      ),
    });
    expect(all(await world.events(run.id), "plan.changed")).toEqual([]);
    await run.cancel();
  });
});
