import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import type { ModelPart, ModelRequest, Models } from "#/lib/model/models.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { retryDeadLetter } from "#/lib/run/dead-letters.ts";
import { FollowedLog } from "#/lib/run/followed-log.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { all } from "#/test/support/events.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** What becomes of the tasks behind a failure while the main agent is asked about it, and of whom it is not asked. */
let world: World;
let worker: ScriptedWorker;
const scripts = new Map<string, readonly string[]>();
const gates = new Map<string, () => Promise<unknown>>();

beforeAll(async () => {
  world = await openWorld({ DEPUTY_BREAKER_FAILURES: "1000" });
  worker = await startScriptedWorker(world, { models: scriptedModels() });
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

function scriptedModels(): Models {
  async function* stream({ messages, tier }: ModelRequest): AsyncGenerator<ModelPart> {
    const prompt = messages.map(({ content }) => content).join("\n");
    const name = /script-[0-9a-f]{8}/.exec(prompt)?.[0] ?? "";
    const turn = Number(/^TURN: (\d+)$/m.exec(prompt)?.[1]);
    const text = scripts.get(name)?.[turn - 1] ?? "There is nothing left to say.";
    for (const part of text.split(/(?=@@wait-[0-9a-f]{8}\n)/)) {
      const [, gate] = /^@@(wait-[0-9a-f]{8})\n/.exec(part) ?? [];
      if (gate !== undefined) await gates.get(gate)?.();
      yield { type: "text", text: gate === undefined ? part : part.slice(gate.length + 3) };
    }
    const usage = { model: "scripted", tier, inputTokens: 1, outputTokens: 1, costUsd: 0, milliseconds: 1 };
    yield { type: "finish", finish: "stop", usage };
  }
  const generate = () => Promise.reject(new Error("no specialist of these tests calls a model"));
  return { offline: false, nameOf: () => "scripted", stream, generate };
}

async function ask(turns: readonly string[]): Promise<string> {
  const name = `script-${randomUUID().slice(0, 8)}`;
  scripts.set(name, turns);
  return world.ask(name);
}

const play = async (...turns: string[]) => world.ended(await ask(turns));

/** Words of the model behind which it goes on only when `isOver` has come to its end. */
function waitFor(isOver: () => Promise<unknown>): string {
  const gate = `wait-${randomUUID().slice(0, 8)}`;
  gates.set(gate, isOver);
  return `@@${gate}\n`;
}

async function reached(runId: string, ref: string, status: string): Promise<string> {
  const isThere = async () => {
    const task = (await listTasks(world.context.store.db, runId)).find((one) => one.ref === ref);
    return task?.status === status ? task.id : null;
  };
  return until(isThere, { what: `${ref} to be ${status}` });
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

it("what stands behind a task that the main agent is asked about waits until that task has its end", async () => {
  const [first, second, third] = [words("fails"), words("goes on"), words("behind it")];
  worker.on(first, fails);
  worker.on(third, ({ dependencies }) => ({ ...found, text: `it was given ${dependencies[0]?.result?.text}` }));
  const events = await play(
    `${plan}${delegate("a", first)}${delegate("b", second, "DEPENDS_ON: a\nSTRICT: false\n")}${delegate("c", third, "DEPENDS_ON: b\n")}`,
    "ACTION: REPLAN\nID: b\nDEPENDS_ON: none\n---END---\n",
    verified,
  );
  const results = all(events, "task.completed").map(({ data }) => data.result.text);
  expect(results).toEqual(["found", "it was given found"]);
});

it("what depends on nothing lost starts while the main agent is asked, however few may run at once", async () => {
  const first = words("fails");
  const others = Array.from({ length: 4 }, () => words("behind"));
  const free = words("free");
  worker.on(first, fails);
  const behind = others.map((task, at) => delegate(`c${at}`, task, "DEPENDS_ON: b\n")).join("");
  const events = await play(
    `${plan}${delegate("a", first)}${delegate("b", words("b"), "DEPENDS_ON: a\nSTRICT: false\n")}${behind}${delegate("free", free)}`,
    "Leave it.",
    verified,
  );
  expect(endOf(events, "b")).toBe("task.cancelled");
  expect(endOf(events, "free")).toBe("task.completed");
  expect(others.every((_, at) => endOf(events, `c${at}`) === "task.completed")).toBe(true);
});

it("a loss among the tasks of a group is not the main agent's to decide", async () => {
  const [group, lost, good] = [words("group"), words("lost"), words("good")];
  worker.on(lost, fails);
  worker.on(group, () => ({
    delegate: [
      { ref: "x", agent: "knowledge", task: lost },
      { ref: "y", agent: "knowledge", task: words("never"), dependsOn: ["x"] },
      { ref: "z", agent: "knowledge", task: good },
    ],
  }));
  const events = await play(`${plan}${delegate("g", group, "MODE: hierarchical\n")}`, verified);
  expect([endOf(events, "g.x"), endOf(events, "g.y"), endOf(events, "g")]).toEqual([
    "task.failed",
    "task.cancelled",
    "task.completed",
  ]);
  expect(all(events, "turn.started").map(({ data }) => data.phase)).toEqual(["PLANNING", "VERIFYING"]);
});

it("what was held up by a loss waits for the task when a person opens that again", async () => {
  const [first, second] = [words("fails once"), words("behind it")];
  worker.on(first, (_context, execution) => (execution === 1 ? fails() : found));
  let runId = "";
  const asked = waitFor(async () => {
    await retryDeadLetter(world.context, await reached(runId, "a", "failed"));
    await reached(runId, "a", "completed");
  });
  runId = await ask([
    `${plan}${delegate("a", first)}${delegate("b", second, "DEPENDS_ON: a\n")}`,
    `${asked}It may go on.`,
    verified,
  ]);
  expect(endOf(await world.ended(runId), "b")).toBe("task.completed");
});

it("a vote whose words the main agent has changed is held in these words", async () => {
  const [first, before, after] = [words("first"), words("is it so?"), words("is it really so?")];
  worker.on(after, () => ({ ...found, claims: ["yes"] }));
  const events = await play(
    `${plan}${delegate("a", first)}${delegate("b", before, "DEPENDS_ON: a\nMODE: consensus\n")}` +
      `ACTION: REPLAN\nID: b\nTASK: ${after}\n---END---\n`,
    verified,
  );
  expect(all(events, "task.failed").map(({ data }) => data.error)).toEqual([]);
  expect(worker.runs(after)).toHaveLength(3);
});

it("what runs after the task before it in the same output does not run when that has failed already", async () => {
  const [first, second] = [words("fails"), words("behind it")];
  worker.on(first, fails);
  let runId = "";
  const lost = waitFor(() => reached(runId, "a", "failed"));
  runId = await ask([
    `${plan}${delegate("a", first)}${lost}${delegate("b", second, "MODE: sequential\n")}`,
    "Leave it.",
    verified,
  ]);
  expect(endOf(await world.ended(runId), "b")).toBe("task.cancelled");
  expect(worker.runs(second)).toEqual([]);
});

it("is asked about a failure that comes between the last look at the log and the wait", async () => {
  const [first, second, third] = [words("fails"), words("is done"), words("behind it")];
  const ran: { id?: string } = {};
  const run = () => until(() => ran.id, { what: "the run" });
  const looked = Promise.withResolvers<void>();
  worker.on(first, () => looked.promise.then(fails));
  const { read } = FollowedLog.prototype;
  let isLate = false;
  const spy = vi.spyOn(FollowedLog.prototype, "read").mockImplementation(async function (this: FollowedLog) {
    const folded = await read.call(this);
    if (isLate || folded.turns.at(-1)?.ended !== true) return folded;
    isLate = true;
    looked.resolve();
    await reached(await run(), "a", "failed");
    return folded;
  });
  onTestFinished(() => spy.mockRestore());
  // What others write meanwhile makes the main agent look at the log again before it waits.
  const gate = waitFor(async () => reached(await run(), "s", "completed"));
  ran.id = await ask([
    `${plan}${delegate("a", first)}${delegate("s", second)}${delegate("b", third, "DEPENDS_ON: a\n")}${gate}`,
    "ACTION: REPLAN\nID: b\nDEPENDS_ON: none\n---END---\n",
    verified,
  ]);
  const events = await world.ended(ran.id);
  expect(isLate).toBe(true);
  expect(endOf(events, "b")).toBe("task.completed");
});
