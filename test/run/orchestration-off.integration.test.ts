import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { openProgramRun } from "#/lib/run/program-run.ts";
import { startRun } from "#/lib/run/start-run.ts";
import { openWorld, typesOf, type World } from "#/test/support/world.ts";

/** DEPUTY_ORCHESTRATION=off: the main agent answers alone, and nothing is lost by it. */
let world: World;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_ORCHESTRATION: "off" });
  await world.startWorker();
});
afterAll(() => world.close());

const question = "Research how streamText reports errors.";
const block = "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: Find it\n---END---";

function answerIn(events: readonly RunEvent[]): string {
  return events.flatMap((event) => (event.type === "text.appended" ? [event.data.text] : [])).join("");
}

describe("with delegation switched off", () => {
  it("a question is answered without a task, and the answer says why nothing was looked up", async () => {
    const events = await world.ended(await world.ask(question));
    expect(typesOf(events)).not.toContain("task.created");
    expect(answerIn(events)).toMatch(/switched off/i);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("a person's own delegation is refused with the setting that says so, and the message is answered", async () => {
    const events = await world.ended(await world.ask(block));
    const refused = events.flatMap((event) => (event.type === "action.refused" ? [event.data] : []));
    expect(refused.map(({ code }) => code)).toEqual(["orchestration-off"]);
    expect(refused[0]?.message).toContain("DEPUTY_ORCHESTRATION");
    expect(typesOf(events)).not.toContain("task.created");
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("a program opens no run", async () => {
    await expect(openProgramRun(world.context, { title: "A graph" })).rejects.toMatchObject({
      code: "orchestration-off",
    });
  });

  it("tasks that there are already are done, and it can be switched on again", async () => {
    const on: Context = { ...world.context, env: { ...world.context.env, orchestration: true } };
    const message = { conversationId: randomUUID(), messageId: randomUUID(), text: block, again: false };
    const { runId } = await startRun(on, message);
    const events = await world.ended(runId);
    expect(typesOf(events)).toContain("task.completed");
    expect(events.at(-1)?.type).toBe("run.completed");

    await Promise.all(world.workers.map((worker) => worker.kill()));
    await world.startWorker({ DEPUTY_ORCHESTRATION: "on" });
    const again = await world.ended(await world.ask(question));
    expect(typesOf(again)).toContain("task.created");
  });
});
