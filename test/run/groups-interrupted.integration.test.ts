import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import { pauseRun, resumeRun } from "#/lib/run/pause-run.ts";
import { sweep } from "#/lib/run/sweep.ts";
import { TaskStatuses } from "#/lib/run/task-statuses.ts";
import { tasks } from "#/lib/store/schema.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { all } from "#/test/support/events.ts";
import { found, type ScriptedWorker, startScriptedWorker, untilAborted } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** Groups whose run is paused, whose parts are cancelled, and whose run ends under them. */
let world: World;
let worker: ScriptedWorker;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_BREAKER_FAILURES: "1000", DEPUTY_MAX_LIVE_TASKS: "20" });
  worker = await startScriptedWorker(world);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const by = { by: "user", reason: "Cancelled by the test." } as const;
const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;
const block = (task: string, more = "", agent = "knowledge") =>
  `ACTION: DELEGATE\nAGENT_TYPE: ${agent}\n${more}TASK: ${task}\n---END---`;
const yes = { ...found, claims: ["yes"] };

function resultOf(events: readonly RunEvent[], ref: string) {
  const id = all(events, "task.created").find(({ data }) => data.ref === ref)?.taskId;
  return all(events, "task.completed").find(({ taskId }) => taskId === id)?.data.result;
}

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

async function reached(runId: string, ref: string, status: string): Promise<string> {
  const isThere = async () => {
    const task = (await listTasks(world.context.store.db, runId)).find((one) => one.ref === ref);
    return task?.status === status ? task.id : null;
  };
  return until(isThere, { what: `${ref} to be ${status}` });
}

/** Every status that the log lets a reader see of a task, in order. */
function statusesOf(events: readonly RunEvent[], ref: string): string[] {
  const id = all(events, "task.created").find(({ data }) => data.ref === ref)?.taskId ?? "";
  const statuses = new TaskStatuses();
  const seen = events.map((event) => {
    statuses.take(event);
    return statuses.of(id) ?? "unknown";
  });
  return seen.filter((status, at) => status !== seen[at - 1] && status !== "unknown");
}

describe("a pause", () => {
  it("while bids are asked for closes none of them, and the bidders have their time when the run goes on", async () => {
    const task = words("paused before the bids");
    const { opened, open } = gate();
    // The bid is dispatched while its bidder has no room.
    const busy = words("busy");
    worker.on(busy, async () => {
      await opened;
      return found;
    });
    const others = Array.from({ length: 20 }, () => block(busy)).join("\n");
    await world.ask(others);
    await until(() => worker.runs(busy).length === 20, { what: "the knowledge agent to be busy" });
    worker.onBid(task, () => ({ price: 1, seconds: 5, confidence: 0.9 }));
    const input = 'INPUT: {"market": {"rounds": 1, "bidSeconds": 1}}\n---END---';
    const runId = await world.ask(block(task, "MODE: market\n", "planner").replace("---END---", input));
    const bid = await until(
      async () =>
        (await listTasks(world.context.store.db, runId)).find(
          ({ part, agent }) => part === "bid" && agent === "knowledge",
        ) ?? null,
      { what: "the bid" },
    );
    const { id, ref } = bid;
    const { db } = world.context.store;
    await pauseRun(world.context, runId, { by: "user" });
    const longAgo = sql`now() - interval '1 minute'`;
    await db.update(tasks).set({ createdAt: longAgo, dispatchedAt: longAgo, dueAt: longAgo }).where(eq(tasks.id, id));
    await sweep(world.context);
    await reached(runId, ref, "pending");
    await resumeRun(world.context, runId, { by: "user" });
    await sweep(world.context);
    await reached(runId, ref, "pending");
    open();
    await world.ended(runId);
  });

  it("while the last vote is given holds the vote back until the run goes on", async () => {
    const task = words("paused vote");
    const { opened, open } = gate();
    worker.on(task, async () => {
      await opened;
      return yes;
    });
    const runId = await world.ask(block(task, "MODE: consensus\nVOTERS: 2\n"));
    await until(() => worker.runs(task).length === 2, { what: "both voters to be at work" });
    await pauseRun(world.context, runId, { by: "user" });
    open();
    await Promise.all(["t1.v1", "t1.v2"].map((ref) => reached(runId, ref, "completed")));
    await sweep(world.context);
    await reached(runId, "t1", "waiting");
    await resumeRun(world.context, runId, { by: "user" });
    const events = await world.ended(runId);
    expect(resultOf(events, "t1")?.consensus?.winner).toBe("yes");
    expect(statusesOf(events, "t1")).toEqual([
      "pending",
      "in_progress",
      "waiting",
      "pending",
      "in_progress",
      "completed",
    ]);
  });

  it("between the bids and the award keeps the bids, and awards the task once when the run goes on", async () => {
    const task = words("paused auction");
    const { opened, open } = gate();
    let asked = 0;
    worker.onBid(task, async (agent) => {
      asked += 1;
      await opened;
      return { price: agent === "browser" ? 0.01 : 5, seconds: 5, confidence: 0.9 };
    });
    const runId = await world.ask(block(task, "MODE: market\n", "can:work"));
    await until(() => asked === 3, { what: "all bidders to be at work" });
    await pauseRun(world.context, runId, { by: "user" });
    open();
    await Promise.all(["t1.b1", "t1.b2", "t1.b3"].map((ref) => reached(runId, ref, "completed")));
    expect(worker.runs(task)).toEqual([]);
    await resumeRun(world.context, runId, { by: "user" });
    const events = await world.ended(runId);
    expect(worker.runs(task)).toEqual(["browser"]);
    expect(all(events, "auction.decided")).toHaveLength(1);
  });
});

describe("a cancel", () => {
  it("of one vote leaves the others, and counts it as one that agrees with nobody", async () => {
    const task = words("one vote less");
    worker.on(task, (context, _execution, { part }) => (part?.number === 2 ? untilAborted(context) : yes));
    const runId = await world.ask(block(task, "MODE: consensus\nVOTERS: 3\n"));
    await cancelTask(world.context, await reached(runId, "t1.v2", "in_progress"), by);
    const { consensus } = resultOf(await world.ended(runId), "t1") ?? {};
    expect(consensus?.share).toBeCloseTo(2 / 3);
    expect(consensus?.votes[1]).toMatchObject({ ref: "t1.v2", answer: null, error: by.reason });
  });

  it("of a bid and of the award ends the auction without a result, and the run goes on", async () => {
    const task = words("stopped award");
    let asked = 0;
    worker.onBid(task, (agent) => {
      asked += 1;
      return agent === "knowledge" ? new Promise(() => {}) : { price: 1, seconds: 5, confidence: 0.9 };
    });
    worker.on(task, untilAborted);
    const input = 'INPUT: {"market": {"rounds": 1}}\n---END---';
    const text = block(task, "MODE: market\n", "can:work").replace("---END---", input);
    const runId = await world.ask(text);
    await until(() => asked === 3, { what: "all bidders to be at work" });
    const bids = all(await world.events(runId), "task.created").filter(({ data }) => data.part?.kind === "bid");
    const slow = bids.find(({ data }) => data.agent === "knowledge");
    expect(await cancelTask(world.context, slow?.taskId ?? "", by)).toBe("cancelled");
    await cancelTask(world.context, await reached(runId, "t1.a1", "in_progress"), by);
    const events = await world.ended(runId);
    expect(all(events, "task.failed").map(({ data }) => data.error)).toEqual([
      { code: "cancelled", message: `The winner of the auction did not do it: ${by.reason}` },
    ]);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("of the group stops all that is under way in it, and nothing of it comes back", async () => {
    const task = words("stopped vote");
    worker.on(task, (context, _execution, { part }) => (part?.number === 1 ? yes : untilAborted(context)));
    const runId = await world.ask(`${block(task, "MODE: consensus\nVOTERS: 3\n")}\n${block(words("other"))}`);
    await until(() => worker.runs(task).length === 3, { what: "all voters to be at work" });
    await reached(runId, "t1.v1", "completed");
    expect(await cancelTask(world.context, await reached(runId, "t1", "waiting"), by)).toBe("cancelled");
    const events = await world.ended(runId);
    expect(statusesOf(events, "t1")).toEqual(["pending", "in_progress", "waiting", "cancelled"]);
    expect(["t1.v1", "t1.v2", "t1.v3"].map((ref) => statusesOf(events, ref).at(-1))).toEqual([
      "completed",
      "cancelled",
      "cancelled",
    ]);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("of one subtask leaves the group the results of the others", async () => {
    const [group, slow, quick] = [words("group"), words("slow"), words("quick")];
    worker.on(group, () => ({
      delegate: [
        { ref: "slow", agent: "knowledge", task: slow },
        { ref: "quick", agent: "browser", task: quick },
        { ref: "behind", agent: "knowledge", task: words("behind"), dependsOn: ["slow"] },
      ],
    }));
    worker.on(slow, untilAborted);
    worker.on(quick, () => ({ ...found, text: "the quick one" }));
    const runId = await world.ask(block(group, "MODE: hierarchical\n"));
    await cancelTask(world.context, await reached(runId, "t1.slow", "in_progress"), by);
    const events = await world.ended(runId);
    expect(resultOf(events, "t1")?.text).toContain("the quick one");
    expect(statusesOf(events, "t1.behind")).toEqual(["pending", "cancelled"]);
  });
});
