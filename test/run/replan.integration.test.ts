import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOrchestrator } from "#/lib/orchestrator.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import type { Replan } from "#/lib/run/replan.ts";
import { replanRun } from "#/lib/run/replan-run.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { all } from "#/test/support/events.ts";
import { refused } from "#/test/support/refused.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** Plans that are changed while they run, on a real worker with agents that do what a test says. */
let world: World;
let worker: ScriptedWorker;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_BREAKER_FAILURES: "1000", DEPUTY_MAX_TASKS: "12" });
  worker = await startScriptedWorker(world);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;
const nothing: Replan = { by: "user", drop: [], change: [], add: [] };
const change = (runId: string, given: Partial<Replan>) => replanRun(world.context, runId, { ...nothing, ...given });

/** A chain of t1, t2, t3, written by a person; t1 has begun and ends when the test says so. */
async function chain() {
  const tasks = ["one", "two", "three"].map(words);
  const gate = Promise.withResolvers<void>();
  worker.on(tasks[0] ?? "", () => gate.promise.then(() => found));
  const runId = await world.ask(`/sequential\n${tasks.map((task) => `knowledge: ${task}`).join("\n")}`);
  await until(() => worker.runs(tasks[0] ?? "").length > 0, { what: "t1 to begin" });
  return { runId, tasks, open: () => gate.resolve() };
}

const rowsOf = (runId: string) => listTasks(world.context.store.db, runId);
const statusesOf = async (runId: string) =>
  Object.fromEntries((await rowsOf(runId)).filter(({ parentId }) => parentId).map(({ ref, status }) => [ref, status]));

describe("a plan that is changed by the user", () => {
  it("runs a changed task in its new words, by its new agent, and tells who wanted it", async () => {
    const { runId, tasks, open } = await chain();
    const task = words("other words");
    const changed = await change(runId, {
      reason: "Two was wrong.",
      change: [{ ref: "t2", task, agent: "planner", priority: "high", timeoutMs: 30_000, strict: false }],
    });
    expect(changed).toMatchObject({ dropped: [], changed: ["t2"], added: [] });
    open();
    const events = await world.ended(runId);
    expect([worker.runs(task), worker.runs(tasks[1] ?? ""), worker.runs(tasks[2] ?? "")]).toEqual([
      ["planner"],
      [],
      ["knowledge"],
    ]);
    const [told] = all(events, "plan.changed");
    expect(told?.data).toEqual({ by: "user", reason: "Two was wrong.", dropped: [], changed: ["t2"], added: [] });
    expect(all(events, "task.changed")[0]?.data).toMatchObject({ ref: "t2", task, agent: "planner", strict: false });
    expect(all(events, "action.accepted").at(-1)?.data.text).toContain(`TASK: ${task}`);
    expect((await rowsOf(runId)).find(({ ref }) => ref === "t2")).toMatchObject({
      status: "completed",
      agent: "planner",
      priority: "high",
      timeoutMs: 30_000,
      strict: false,
    });
  });

  it("lets what a task waited for go on without it, when that is dropped", async () => {
    const { runId, tasks, open } = await chain();
    await change(runId, { drop: ["t2"], change: [{ ref: "t3", dependsOn: ["t1"] }] });
    open();
    await world.ended(runId);
    expect(await statusesOf(runId)).toEqual({ t1: "completed", t2: "cancelled", t3: "completed" });
    expect(worker.runs(tasks[1] ?? "")).toEqual([]);
  });

  it("cancels what depends on a dropped task, unless that is changed, too", async () => {
    const { runId, open } = await chain();
    await change(runId, { drop: ["t2"] });
    expect(await statusesOf(runId)).toMatchObject({ t2: "cancelled", t3: "cancelled" });
    open();
    expect((await world.ended(runId)).at(-1)?.type).toBe("run.completed");
  });

  it("starts what no longer waits for anything at once", async () => {
    const { runId, tasks, open } = await chain();
    await change(runId, { change: [{ ref: "t3", dependsOn: [] }] });
    await until(() => worker.runs(tasks[2] ?? "").length === 1, { what: "t3 to run before t1 has ended" });
    open();
    await world.ended(runId);
  });

  it("takes further tasks, before and behind those that are there", async () => {
    const { runId, open } = await chain();
    const [first, last] = [words("first"), words("last")];
    const { ids } = await change(runId, {
      add: [taskOf("u2", last, ["t3", "u1"]), taskOf("u1", first, [])],
      change: [{ ref: "t2", dependsOn: ["u1"] }],
    });
    expect([...ids.keys()]).toEqual(["u2", "u1"]);
    open();
    const events = await world.ended(runId);
    expect(Object.values(await statusesOf(runId))).toEqual(Array(5).fill("completed"));
    expect(worker.runs(first)).toHaveLength(1);
    const done = all(events, "task.completed").map(({ taskId }) => taskId);
    expect(done.at(-1)).toBe(ids.get("u2"));
    expect(all(events, "task.created").at(-1)?.data).toMatchObject({ author: "user" });
  });

  it("takes words with half a character, as the log will hold them", async () => {
    const { runId, open } = await chain();
    await change(runId, { change: [{ ref: "t2", task: "other \ud800" }] });
    open();
    await world.ended(runId);
    expect(await statusesOf(runId)).toEqual({ t1: "completed", t2: "completed", t3: "completed" });
  });

  it("is refused as a whole when a part of it has started, is unknown, is a circle, or cannot be run", async () => {
    const { runId, open } = await chain();
    const before = await changesOf(runId);
    const cases: [Partial<Replan>, string, string][] = [
      [{ drop: ["t1", "t3"] }, "task-started", "t1"],
      [{ drop: ["t3"], change: [{ ref: "t9", task: "x" }] }, "task-unknown", "t9"],
      [{ change: [{ ref: "t2", dependsOn: ["t3"] }] }, "bad-graph", "t2 -> t3 -> t2"],
      [{ change: [{ ref: "t2", dependsOn: ["t2"] }] }, "bad-graph", "itself"],
      [{ change: [{ ref: "t2", dependsOn: ["nobody"] }] }, "bad-graph", "nobody"],
      [{ drop: ["t2"], change: [{ ref: "t3", dependsOn: ["t2"] }] }, "bad-graph", "dropped"],
      [{ drop: ["t2"], change: [{ ref: "t2", task: "x" }] }, "bad-graph", "t2"],
      [{}, "bad-request", "Nothing is to be changed"],
      [{ change: [{ ref: "t2" }] }, "bad-graph", "Nothing of t2 is to be different"],
      [{ add: [taskOf("t1", "x", [])] }, "bad-graph", "t1"],
      [{ add: [taskOf("u1", "x", ["u2"]), taskOf("u2", "x", ["u1"])] }, "bad-graph", "u1 -> u2 -> u1"],
      [{ add: Array.from({ length: 10 }, (_, at) => taskOf(`u${at}`, "x", [])) }, "budget", "DEPUTY_MAX_TASKS"],
      [{ change: [{ ref: "t2", agent: "code" }] }, "agent-not-registered", "code"],
      [{ change: [{ ref: "t2", agent: "can:fly" }] }, "no-suitable-agent", "fly"],
    ];
    for (const [given, code, said] of cases) {
      const error = await refused(change(runId, given));
      expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
    }
    expect((await refused(change(runId, { drop: ["t1", "t1"] }))).message).toMatch(/^t1 cannot be changed/);
    expect(await changesOf(runId)).toEqual(before);
    open();
    await world.ended(runId);
    expect((await refused(change(runId, { drop: ["t3"] }))).code).toBe("run-ended");
    expect((await refused(change(randomUUID(), { drop: ["t3"] }))).code).toBe("run-unknown");
  });

  it("holds what each of two wanted who changed it at the same moment", async () => {
    const { runId, open } = await chain();
    const task = words("mine");
    await Promise.all([
      change(runId, { change: [{ ref: "t2", task }] }),
      change(runId, { change: [{ ref: "t2", agent: "browser" }] }),
    ]);
    open();
    const events = await world.ended(runId);
    expect(all(events, "task.changed").at(-1)?.data).toMatchObject({ task, agent: "browser" });
    expect(worker.runs(task)).toEqual(["browser"]);
  });

  it("cancels a chain in one change, whatever the order in which its links got their words", async () => {
    const { runId, tasks, open } = await chain();
    await change(runId, { change: [{ ref: "t2", task: words("two anew") }] });
    const id = (await rowsOf(runId)).find(({ ref }) => ref === "t1")?.id ?? "";
    await cancelTask(world.context, id, { by: "user", reason: "No." });
    open();
    await world.ended(runId);
    expect(await statusesOf(runId)).toEqual({ t1: "cancelled", t2: "cancelled", t3: "cancelled" });
    expect(worker.runs(tasks[2] ?? "")).toEqual([]);
  });
});

describe("a plan that is changed by a program", () => {
  it("needs no block", async () => {
    const run = await openOrchestrator(world.context).open({ title: "A program" });
    const [first, old, fresh] = ["first", "old", "fresh"].map(words);
    const gate = Promise.withResolvers<void>();
    worker.on(first ?? "", () => gate.promise.then(() => found));
    const [, second, third] = await run.sequential(
      [first, old, "third"].map((task) => ({ agent: "knowledge", task: task ?? "" })),
    );
    const { handles } = await run.replan({
      drop: [third?.ref ?? ""],
      change: [{ ref: second?.ref ?? "", task: fresh ?? "" }],
      add: [{ agent: "planner", task: "added", dependsOn: [second?.ref ?? ""] }],
    });
    gate.resolve();
    await run.close();
    expect((await second?.result())?.text).toBe("found");
    await expect(third?.result()).rejects.toMatchObject({ code: "cancelled" });
    expect((await handles[0]?.result())?.text).toBe("found");
    expect([worker.runs(old ?? ""), worker.runs(fresh ?? "")]).toEqual([[], ["knowledge"]]);
    expect(all(await world.events(run.id), "action.accepted")).toEqual([]);
  });
});

function taskOf(ref: string, task: string, dependsOn: string[]): Replan["add"][number] {
  return { ref, agent: "knowledge", task, dependsOn, mode: "parallel", priority: "normal", strict: true };
}

async function changesOf(runId: string) {
  const rows = (await rowsOf(runId)).filter(({ parentId }) => parentId !== null);
  const tasks = rows.map(({ ref, status, hash, agent }) => ({ ref, status, hash, agent }));
  const told = (await world.events(runId)).map(({ type }) => type).filter((type) => type !== "task.claimed");
  return { tasks, told: told.filter((type) => /^(plan|task|action)/.test(type)) };
}
