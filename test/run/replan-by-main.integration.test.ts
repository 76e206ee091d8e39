import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import type { ModelPart, ModelRequest, Models } from "#/lib/model/models.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { all } from "#/test/support/events.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** The main agent changes its plan: at once, and when a failure stands in the way of what it planned. */
let world: World;
let worker: ScriptedWorker;
const scripts = new Map<string, readonly string[]>();
const prompts = new Map<string, string[]>();

beforeAll(async () => {
  world = await openWorld({ DEPUTY_BREAKER_FAILURES: "1000" });
  worker = await startScriptedWorker(world, { models: scriptedModels() });
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

/** Says, on each turn of a run, what the test has written for it; the message names the script. */
function scriptedModels(): Models {
  async function* stream({ messages, tier }: ModelRequest): AsyncGenerator<ModelPart> {
    const prompt = messages.map(({ content }) => content).join("\n");
    const name = /script-[0-9a-f]{8}/.exec(prompt)?.[0] ?? "";
    const turn = Number(/^TURN: (\d+)$/m.exec(prompt)?.[1]);
    prompts.set(name, [...(prompts.get(name) ?? []), prompt]);
    yield { type: "text", text: scripts.get(name)?.[turn - 1] ?? "There is nothing left to say." };
    const usage = { model: "scripted", tier, inputTokens: 1, outputTokens: 1, costUsd: 0, milliseconds: 1 };
    yield { type: "finish", finish: "stop", usage };
  }
  const generate = () => Promise.reject(new Error("no specialist of these tests calls a model"));
  return { offline: false, nameOf: () => "scripted", stream, generate };
}

async function play(...turns: string[]): Promise<{ events: RunEvent[]; prompts: string[] }> {
  const name = `script-${randomUUID().slice(0, 8)}`;
  scripts.set(name, turns);
  const events = await world.ended(await world.ask(name));
  return { events, prompts: prompts.get(name) ?? [] };
}

function endOf(events: readonly RunEvent[], ref: string): string | undefined {
  const id = all(events, "task.created").find(({ data }) => data.ref === ref)?.taskId;
  const ends = ["task.completed", "task.failed", "task.cancelled"];
  return events.find(({ taskId, type }) => taskId === id && ends.includes(type))?.type;
}

const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;
const plan = "ACTION: PLAN\nSTEPS:\n1. Do it\n---END---\n";
const verified = "ACTION: VERIFY\nVERDICT: pass\n---END---\nThat is the answer.\n";
const delegate = (id: string, task: string, more = "") =>
  `ACTION: DELEGATE\nAGENT_TYPE: knowledge\nID: ${id}\n${more}TASK: ${task}\n---END---\n`;
const fails = () => {
  throw new DeputyError("broken", "It broke.");
};

describe("a REPLAN block", () => {
  it("changes and drops what has not started, and each change is an event", async () => {
    const [first, before, after] = [words("first"), words("before"), words("after")];
    const { events } = await play(
      `${plan}${delegate("a", first)}${delegate("b", before, "DEPENDS_ON: a\n")}${delegate("c", words("c"), "DEPENDS_ON: a\n")}` +
        `ACTION: REPLAN\nDROP: c\nID: b\nTASK: ${after}\nREASON: Better so.\n---END---\n`,
      verified,
    );
    expect(all(events, "plan.changed").map(({ data }) => data)).toEqual([
      { by: "main", dropped: ["c"], changed: ["b"], added: [], reason: "Better so." },
    ]);
    expect(worker.runs(after)).toHaveLength(1);
    expect(worker.runs(before)).toHaveLength(0);
    expect([endOf(events, "b"), endOf(events, "c")]).toEqual(["task.completed", "task.cancelled"]);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("is refused for what has started, and changes nothing then", async () => {
    const { events } = await play(
      `${plan}${delegate("a", words("a"))}`,
      "ACTION: VERIFY\nVERDICT: fail\n---END---\nACTION: REPLAN\nDROP: a\n---END---\n",
      "Nothing is missing.",
      verified,
    );
    expect(all(events, "action.refused").map(({ data }) => data.code)).toEqual(["task-started"]);
    expect(all(events, "plan.changed")).toEqual([]);
  });
});

describe("a REPLAN block that makes a chain too long", () => {
  it("is refused with all that waits behind the changed task, and changes nothing", async () => {
    const [first, other] = [words("first"), words("other")];
    const { promise: refused, resolve } = Promise.withResolvers<void>();
    for (const task of [first, other]) worker.on(task, () => refused.then(() => found));
    // Each is estimated at 200 s, of the 1,800 s that a run has.
    const link = (id: string, task: string, before?: string) =>
      delegate(id, task, `COMPLEXITY: 9\n${before === undefined ? "" : `DEPENDS_ON: ${before}\n`}`);
    const chain = (letter: string, task: string) =>
      [1, 2, 3, 4, 5, 6].map((at) =>
        link(`${letter}${at}`, at === 1 ? task : words("link"), at === 1 ? undefined : `${letter}${at - 1}`),
      );
    const name = `script-${randomUUID().slice(0, 8)}`;
    const joined = "ACTION: REPLAN\nID: u2\nDEPENDS_ON: t6\n---END---\n";
    scripts.set(name, [`${plan}${[...chain("t", first), ...chain("u", other)].join("")}${joined}`, verified]);
    const runId = await world.ask(name);
    await until(async () => (await world.events(runId)).some(({ type }) => type === "turn.ended"), {
      what: "the turn to end",
    });
    resolve();
    const events = await world.ended(runId);
    expect(all(events, "action.refused").map(({ data }) => [data.code, data.message])).toEqual([
      [
        "budget",
        expect.stringMatching(
          /t1 -> .* -> u6, .*2200 s, and the run has 1\d\d\d s left \(setting DEPUTY_RUN_MINUTES\)/,
        ),
      ],
    ]);
    expect(all(events, "plan.changed")).toEqual([]);
  });
});

describe("a failure in front of what has not started", () => {
  it("gives the main agent a turn, in which the rest is planned anew", async () => {
    const [first, second] = [words("fails"), words("goes on")];
    worker.on(first, fails);
    worker.on(second, ({ dependencies }) => ({ ...found, text: `${dependencies.length} dependencies` }));
    const { events, prompts: told } = await play(
      `${plan}${delegate("a", first)}${delegate("b", second, "DEPENDS_ON: a\n")}`,
      "ACTION: REPLAN\nID: b\nDEPENDS_ON: none\nREASON: It can do without.\n---END---\n",
      verified,
    );
    expect(told[1]).toContain("a task failed (a)");
    expect([endOf(events, "a"), endOf(events, "b")]).toEqual(["task.failed", "task.completed"]);
    expect(all(events, "task.completed")[0]?.data.result.text).toBe("0 dependencies");
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("cancels the rest when the main agent leaves the plan as it is", async () => {
    const first = words("fails");
    worker.on(first, fails);
    const { events, prompts: told } = await play(
      `${plan}${delegate("a", first)}${delegate("b", words("b"), "DEPENDS_ON: a\n")}${delegate("c", words("c"), "DEPENDS_ON: b\n")}`,
      "Without it the rest makes no sense.",
      verified,
    );
    expect([endOf(events, "b"), endOf(events, "c")]).toEqual(["task.cancelled", "task.cancelled"]);
    expect(told).toHaveLength(3);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("asks once for each failure, and lets what is under way go on meanwhile", async () => {
    const [first, slow] = [words("fails"), words("slow")];
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    worker.on(first, fails);
    worker.on(slow, async () => {
      await asked;
      return found;
    });
    const name = `script-${randomUUID().slice(0, 8)}`;
    scripts.set(name, [
      `${plan}${delegate("a", first)}${delegate("s", slow)}${delegate("b", words("b"), "DEPENDS_ON: a\n")}`,
      "Then without it.",
      verified,
    ]);
    const runId = await world.ask(name);
    await until(() => (prompts.get(name)?.length ?? 0) >= 2, { what: "the main agent to be asked" });
    resolve();
    const events = await world.ended(runId);
    expect([endOf(events, "s"), endOf(events, "b")]).toEqual(["task.completed", "task.cancelled"]);
    expect(prompts.get(name)).toHaveLength(3);
  });
});
