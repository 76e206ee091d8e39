import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import { type Handle, type OpenRun, openOrchestrator } from "#/lib/orchestrator.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { listRuns } from "#/lib/store/runs.ts";
import { refused } from "#/test/support/refused.ts";
import { found, type ScriptedWorker, startScriptedWorker, untilAborted } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** What a program can have done, on a real worker with agents that do what a test says. */
let world: World;
let worker: ScriptedWorker;
let orchestrator: ReturnType<typeof openOrchestrator>;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_BREAKER_FAILURES: "1000", DEPUTY_MAX_TASKS: "40" });
  worker = await startScriptedWorker(world);
  orchestrator = openOrchestrator(world.context);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const open = () => orchestrator.open({ title: "A program" });
const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;
const says = (text: string): TaskResult => ({ ...found, text });
const agent = "knowledge";

async function outcomes(handles: readonly Handle[]): Promise<string[]> {
  const settled = await Promise.allSettled(handles.map((handle) => handle.result()));
  return settled.map((one) => (one.status === "fulfilled" ? one.value.text : asCode(one.reason)));
}

function asCode(reason: unknown): string {
  return reason instanceof DeputyError ? reason.code : String(reason);
}

const created = async (run: OpenRun) => (await world.events(run.id)).filter(({ type }) => type === "task.created");

describe("a chain", () => {
  it("runs one after the other, each with the result of the one before", async () => {
    const run = await open();
    const tasks = ["one", "two", "three"].map(words);
    for (const task of tasks) {
      worker.on(task, ({ dependencies }) => says(`${task} after ${dependencies.map(({ result }) => result?.text)}`));
    }
    const handles = await run.sequential(tasks.map((task) => ({ agent, task })));
    expect(handles.map(({ ref }) => ref)).toEqual(["p1", "p2", "p3"]);
    const [one, two, three] = tasks;
    await run.close();
    expect(await outcomes(handles)).toEqual([
      `${one} after `,
      `${two} after ${one} after `,
      `${three} after ${two} after ${one} after `,
    ]);
  });

  it("ends behind the failure of a strict link, and goes on behind one that is not", async () => {
    const [strict, loose] = [words("breaks"), words("breaks too")];
    for (const task of [strict, loose]) {
      worker.on(task, () => {
        throw new DeputyError("broken", "It broke.");
      });
    }
    const run = await open();
    const told = words("told");
    worker.on(told, ({ dependencies }) => says(dependencies.map(({ error }) => error?.code).join()));
    const stopped = await run.sequential([strict, "x", "y"].map((task) => ({ agent, task })));
    const went = await run.sequential([
      { agent, task: loose, strict: false },
      { agent, task: told },
    ]);
    await run.close();
    expect(await outcomes(stopped)).toEqual(["broken", "cancelled", "cancelled"]);
    expect(await outcomes(went)).toEqual(["broken", "broken"]);
    expect(stopped[2]?.events().at(-1)?.data).toMatchObject({ reason: expect.stringContaining("p2") });
  });
});

describe("a fan", () => {
  it("is under way all at once, and one failure leaves the others alone", async () => {
    const run = await open();
    const tasks = ["a", "b", "c", "d"].map(words);
    let begun = 0;
    const all = Promise.withResolvers<void>();
    for (const task of tasks) {
      worker.on(task, async () => {
        begun += 1;
        if (begun === tasks.length) all.resolve();
        await all.promise;
        if (task === tasks[1]) throw new DeputyError("broken", "It broke.");
        return found;
      });
    }
    const handles = await run.parallel(tasks.map((task) => ({ agent, task })));
    await run.close();
    expect(await outcomes(handles)).toEqual(["found", "broken", "found", "found"]);
  });
});

describe("a graph", () => {
  it("may be written in any order, over references of earlier calls, too", async () => {
    const run = await open();
    const seen = words("seen");
    worker.on(seen, ({ dependencies }) => says(dependencies.map(({ ref }) => ref).join()));
    await run.delegate({ agent, task: "first", ref: "start" });
    const handles = await run.graph([
      { agent, task: seen, ref: "last", dependsOn: ["left", "right", "start"] },
      { agent, task: "l", ref: "left", dependsOn: ["top"] },
      { agent: "planner", task: "r", ref: "right", dependsOn: ["top"] },
      { agent: "any", task: "work on anything", ref: "top" },
      { agent: "can:work", task: "unnamed" },
    ]);
    await run.close();
    expect(handles.map(({ ref }) => ref)).toEqual(["last", "left", "right", "top", "p1"]);
    expect(await outcomes(handles)).toEqual(["left,right,start", "found", "found", "found", "found"]);
    expect(handles[3]?.events()[0]?.data).toMatchObject({ routing: { choice: "any" } });
    expect(handles.map((handle) => handle.status())).toEqual(Array(5).fill("completed"));
  });

  it("with faults is refused with the place of each, before anything is created", async () => {
    const run = await open();
    const cases: [Parameters<OpenRun["graph"]>[0], string[]][] = [
      [
        [
          { agent, task: "a", ref: "a", dependsOn: ["c"] },
          { agent, task: "b", ref: "b", dependsOn: ["a"] },
          { agent, task: "c", ref: "c", dependsOn: ["b"] },
        ],
        ["tasks[0].dependsOn", "a -> c -> b -> a"],
      ],
      [[{ agent, task: "a", ref: "a", dependsOn: ["a"] }], ["depends on itself"]],
      [[{ agent, task: "a", dependsOn: ["nobody"] }], ["tasks[0].dependsOn", "nobody"]],
      [
        [
          { agent, task: "a", ref: "a" },
          { agent, task: "b", ref: "a" },
        ],
        ["tasks[1].ref", "twice"],
      ],
      [
        [
          { agent, task: "" },
          { agent, task: "b", complexity: 11 },
        ],
        ["tasks[0].task", "tasks[1].complexity"],
      ],
      [[{ agent, task: "b", voters: 3 }], ["tasks[0].voters", "consensus"]],
      [[{ agent: "can:" as "any", task: "b", ref: "No!" }], ["tasks[0].agent", "knowledge", "tasks[0].ref"]],
    ];
    for (const [tasks, said] of cases) {
      const error = await refused(run.graph(tasks));
      expect(error.code).toBe("bad-graph");
      for (const part of said) expect(error.message).toContain(part);
    }
    const many = Array.from({ length: 41 }, () => ({ agent, task: "x" }) as const);
    expect((await refused(run.graph(many))).code).toBe("budget");
    expect(await created(run)).toEqual([]);
    await run.cancel();
    expect((await refused(run.delegate({ agent, task: "late" }))).code).toBe("run-ended");
  });

  it("runs what holds characters that no database stores, without them", async () => {
    const run = await open();
    const task = words("half");
    worker.on(`${task} \ufffd`, (_context, _execution, { input }) => says(JSON.stringify(input)));
    const [handle] = await run.graph([{ agent, task: `${task} \ud800\u0000`, input: { "k\u0000": ["\udfff"] } }]);
    await run.close();
    expect(await outcomes(handle ? [handle] : [])).toEqual(['{"k":["\ufffd"]}']);
  });

  it("lets a reference be used again when its call was refused", async () => {
    const run = await open();
    await refused(run.graph(Array.from({ length: 41 }, (_, at) => ({ agent, task: "x", ref: `r${at}` }) as const)));
    const handle = await run.delegate({ agent, task: "x", ref: "r1" });
    await run.close();
    expect(await outcomes([handle])).toEqual(["found"]);
    const other = await open();
    await other.delegate({ agent, task: "x", ref: "r1" });
    expect((await refused(other.delegate({ agent, task: "x", ref: "r1" }))).message).toContain("r1");
    await other.cancel();
  });
});

describe("a group", () => {
  it("of voters is waiting while they vote, and brings what they agree on", async () => {
    const task = words("is it so?");
    const held = Promise.withResolvers<void>();
    worker.on(task, async (_context, execution) => {
      await held.promise;
      return { ...says(execution === 1 ? "no" : "yes"), claims: [execution === 1 ? "no" : "yes"] };
    });
    const run = await open();
    const handle = await run.consensus({ agent, task, voters: 3, minAgreement: 0.6 });
    await until(() => handle.status() === "waiting", { what: "the votes to be asked for" });
    expect(await orchestrator.taskStatus(handle.id)).toBe("waiting");
    held.resolve();
    await run.close();
    expect((await handle.result()).consensus).toMatchObject({ reached: true, minAgreement: 0.6, votes: { length: 3 } });
    expect(handle.status()).toBe("completed");
  });

  it("of subtasks is what the agent made it, put together as was asked", async () => {
    const [task, part] = [words("big"), words("small")];
    worker.on(task, ({ mayDelegate }) => {
      expect(mayDelegate).toBe(true);
      return { delegate: ["x", "y"].map((ref) => ({ ref, agent: "planner", task: part }) as const) };
    });
    const run = await open();
    const handle = await run.hierarchical({ agent, task, aggregate: "merge" });
    await run.close();
    expect((await handle.result()).aggregated).toMatchObject({ how: "merge" });
    expect(worker.runs(part)).toEqual(["planner", "planner"]);
  });

  it("of bidders gives the task to one of them, on the terms that were given", async () => {
    const task = words("work for sale");
    worker.onBid(task, (type) => ({ price: type === "browser" ? 0.1 : 5, seconds: 10, confidence: 0.9 }));
    const run = await open();
    const handle = await run.market({ agent: "any", task, terms: { rounds: 1, maxPrice: 1 } });
    await run.close();
    expect((await handle.result()).auction).toMatchObject({ winner: "browser" });
    expect(worker.runs(task)).toEqual(["browser"]);
    const bad = await refused((await open()).market({ agent, task: "x", terms: { rounds: 99 } }));
    expect(bad.message).toContain("tasks[0].input.market");
  });
});

describe("the board of a run", () => {
  it("is shared by the agents and the program", async () => {
    const task = words("post");
    worker.on(task, async ({ board }) => {
      const [note] = await board.read();
      await board.post({ kind: "fact", text: `heard: ${note?.text}` });
      return found;
    });
    const run = await open();
    await run.board.post({ kind: "question", text: "who?" });
    const heard = run.board.changed(10_000);
    await run.delegate({ agent, task, ref: "reader" });
    expect(await heard).toBe(true);
    const notes = await run.board.read();
    expect(notes.map(({ author, text }) => [author, text])).toEqual([
      ["program", "who?"],
      ["reader", "heard: who?"],
    ]);
    await run.close();
  });
});

describe("what a program asks for", () => {
  it("can be cancelled one by one", async () => {
    const task = words("long");
    worker.on(task, untilAborted);
    const run = await open();
    const handle = await run.delegate({ agent, task });
    await until(() => worker.runs(task).length === 1, { what: "the task to begin" });
    expect(await handle.cancel("Not needed.")).toBe("cancelled");
    await run.close();
    expect(await outcomes([handle])).toEqual(["cancelled"]);
  });

  it("is unknown when it is no task", async () => {
    for (const id of [randomUUID(), "x"]) {
      expect((await refused(orchestrator.taskStatus(id))).code).toBe("task-unknown");
    }
  });

  it("needs a title", async () => {
    expect((await refused(orchestrator.open({ title: " " }))).code).toBe("bad-request");
  });

  it("is refused where orchestration is switched off", async () => {
    const context = { ...world.context, env: { ...world.context.env, orchestration: false } };
    const error = await refused(openOrchestrator(context).open({ title: "Nothing" }));
    expect([error.code, error.message]).toEqual(["orchestration-off", expect.stringContaining("DEPUTY_ORCHESTRATION")]);
  });
});

describe("statistics", () => {
  it("are those of a fold over all events, while tasks are under way, too", async () => {
    const [task, part] = [words("never"), words("part")];
    worker.on(task, untilAborted);
    worker.on(part, untilAborted);
    const run = await open();
    const handle = await run.delegate({ agent, task });
    const vote = await run.consensus({ agent: "planner", task: part, voters: 2 });
    await run.delegate({ agent, task: "behind", dependsOn: [handle.ref] });
    await until(() => worker.runs(task).length + worker.runs(part).length === 3, { what: "the tasks to begin" });
    await until(() => vote.status() === "waiting", { what: "the vote to wait" });
    // The log tells of a claim with the first other event of it, or a moment later.
    await until(async () => (await orchestrator.statistics()).tasks.inProgress === 3, {
      what: "all claims to be told",
    });
    expect((await orchestrator.statistics()).tasks).toEqual(await folded());
    await cancelRun(world.context, run.id, { by: "user", reason: "Enough." });
    const { agents, tasks, byAgent } = await orchestrator.statistics();
    expect(tasks).toEqual(await folded());
    expect(tasks.successRate).toBe(tasks.completed / (tasks.completed + tasks.failed));
    expect(agents).toEqual({ registered: 3, types: ["browser", "knowledge", "planner"], capabilities: ["work"] });
    expect(Object.values(byAgent).reduce((sum, { total }) => sum + total, 0)).toBe(tasks.total);
  });

  /** By the rules of the log alone. */
  async function folded() {
    const statuses = new Map<string, string>();
    const parents = new Map<string, string>();
    const counts: Record<string, number> = {};
    for (const { run } of await listRuns(world.context.store.db, 1_000)) {
      const events = await world.events(run.id);
      const ids = new Map(
        events.flatMap((event) => (event.type === "task.created" ? [[event.data.ref, event.taskId ?? ""]] : [])),
      );
      for (const event of events) takeEvent(event, ids);
    }
    for (const [id, status] of statuses) {
      const parts = [...parents].filter(([, parent]) => parent === id).map(([part]) => statuses.get(part) ?? "");
      const isWaiting = status === "in_progress" && parts.some((part) => part === "pending" || part === "in_progress");
      const shown = isWaiting ? "waiting" : status;
      counts[shown] = (counts[shown] ?? 0) + 1;
    }
    const { completed = 0, failed = 0, cancelled = 0, pending = 0, in_progress: inProgress = 0, waiting = 0 } = counts;
    const successRate = completed / (completed + failed);
    return { total: statuses.size, completed, failed, cancelled, pending, inProgress, waiting, successRate };

    function takeEvent(event: RunEvent, ids: ReadonlyMap<string, string>): void {
      const id = event.taskId ?? "";
      const [, what = ""] = event.type.split(".");
      if (event.type === "task.created") {
        statuses.set(id, "pending");
        const parent = ids.get(event.data.ref.replace(/\.[^.]*$/, ""));
        if (event.data.part !== undefined && parent !== undefined) parents.set(id, parent);
      } else if (!statuses.has(id)) return;
      else if (what === "claimed") statuses.set(id, "in_progress");
      else if (["completed", "failed", "cancelled"].includes(what)) statuses.set(id, what);
      else if (["retried", "reopened"].includes(what)) statuses.set(id, "pending");
    }
  }
});
