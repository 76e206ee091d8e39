import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { listDeadLetters, retryDeadLetter } from "#/lib/run/dead-letters.ts";
import { startProgramRun } from "#/lib/run/start-program-run.ts";
import { TaskStatuses } from "#/lib/run/task-statuses.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { all } from "#/test/support/events.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** Groups that failed, and what a person who tries them again gets. */
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
const block = (task: string, more = "", agent = "knowledge") =>
  `ACTION: DELEGATE\nAGENT_TYPE: ${agent}\n${more}TASK: ${task}\n---END---`;
const broken = () => new DeputyError("broken", "It broke.");

function resultOf(events: readonly RunEvent[], ref: string) {
  const id = all(events, "task.created").find(({ data }) => data.ref === ref)?.taskId;
  return all(events, "task.completed").find(({ taskId }) => taskId === id)?.data.result;
}

/** A run with this task, and another one that keeps it under way until `end` is called. */
async function askHeld(text: string): Promise<{ runId: string; end: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const task = words("holds the run");
  worker.on(task, async () => {
    await promise;
    return found;
  });
  return { runId: await world.ask(`${text}\n${block(task, "ID: hold\n")}`), end: resolve };
}

async function reached(runId: string, ref: string, status: string): Promise<string> {
  const isThere = async () => {
    const task = (await listTasks(world.context.store.db, runId)).find((one) => one.ref === ref);
    return task?.status === status ? task.id : null;
  };
  return until(isThere, { what: `${ref} to be ${status}` });
}

const lettersOf = async (runId: string) =>
  (await listDeadLetters(world.context, 100)).filter((letter) => letter.runId === runId).map(({ ref }) => ref);

describe("a group that is tried again in its run", () => {
  it("whose agent delegates is asked anew, and what it delegated before does not count", async () => {
    const [group, part] = [words("group"), words("part")];
    worker.on(group, () => ({ delegate: [{ ref: "x", agent: "knowledge", task: part }] }));
    worker.on(part, (_context, execution) => {
      if (execution === 1) throw broken();
      return { ...found, text: "found at last" };
    });
    const { runId, end } = await askHeld(block(group, "MODE: hierarchical\n"));
    const id = await reached(runId, "t1", "failed");
    expect((await lettersOf(runId)).sort()).toEqual(["t1", "t1.x"]);
    expect((await retryDeadLetter(world.context, id)).how).toBe("reopened");
    await reached(runId, "t1", "completed");
    end();
    const events = await world.ended(runId);
    expect(resultOf(events, "t1")?.aggregated?.from).toEqual(["t1.2-x"]);
    expect(resultOf(events, "t1")?.text).toContain("found at last");
    expect(worker.runs(group)).toHaveLength(2);
    expect(await lettersOf(runId)).toEqual([]);
    const statuses = new TaskStatuses();
    for (const event of events) statuses.take(event);
    expect(statuses.of(id)).toBe("completed");
  });

  it("that was awarded is put up for auction again", async () => {
    const task = words("sold twice");
    worker.onBid(task, (agent) => ({ price: agent === "planner" ? 0.01 : 1, seconds: 10, confidence: 0.9 }));
    worker.on(task, (_context, execution) => {
      if (execution === 1) throw broken();
      return { ...found, text: "done" };
    });
    const { runId, end } = await askHeld(block(task, "MODE: market\n", "can:work"));
    await retryDeadLetter(world.context, await reached(runId, "t1", "failed"));
    await reached(runId, "t1", "completed");
    end();
    const events = await world.ended(runId);
    const { auction } = resultOf(events, "t1") ?? {};
    expect(auction?.bids.map(({ ref }) => ref).sort()).toEqual(["t1.2-b1", "t1.2-b2", "t1.2-b3"]);
    expect(all(events, "auction.decided").map(({ data }) => data.round)).toEqual([1, 1]);
  });

  it("that nobody bid for asks for bids again", async () => {
    const task = words("wanted later");
    const terms = 'INPUT: {"market": {"rounds": 1}}\n---END---';
    const { runId, end } = await askHeld(block(task, "MODE: market\n", "can:work").replace("---END---", terms));
    const id = await reached(runId, "t1", "failed");
    worker.onBid(task, () => ({ price: 1, seconds: 10, confidence: 0.9 }));
    await retryDeadLetter(world.context, id);
    await reached(runId, "t1", "completed");
    end();
    expect(resultOf(await world.ended(runId), "t1")?.auction?.winner).not.toBeNull();
  });
});

describe("a task that is tried again in its run", () => {
  it("and is there for a failure runs, for what it depends on has still failed", async () => {
    const [first, second] = [words("fails"), words("mends it")];
    worker.on(first, () => {
      throw broken();
    });
    worker.on(second, (_context, execution) => {
      if (execution === 1) throw broken();
      return found;
    });
    const task = { mode: "parallel", priority: "normal", strict: true, agent: "knowledge" } as const;
    const { runId } = await startProgramRun(world.context, {
      title: "mend",
      close: false,
      tasks: [
        { ...task, ref: "a", task: first, dependsOn: [] },
        { ...task, ref: "b", task: second, dependsOn: ["a"], condition: "failed" },
      ],
    });
    await retryDeadLetter(world.context, await reached(runId, "b", "failed"));
    await reached(runId, "b", "completed");
    expect(worker.runs(second)).toHaveLength(2);
  });
});

describe("a letter that is tried again when its run has ended", () => {
  async function retried(text: string, ref: string): Promise<RunEvent[]> {
    const runId = await world.ask(text);
    await world.ended(runId);
    const id = await reached(runId, ref, "failed");
    const { how, runId: next } = await retryDeadLetter(world.context, id);
    expect(how).toBe("started");
    return world.ended(next);
  }

  it("keeps how it was to be done: mode, choice of agent, aggregation", async () => {
    const [group, part] = [words("group"), words("part")];
    worker.on(group, () => ({ delegate: [{ ref: "x", agent: "knowledge", task: part }] }));
    worker.on(part, (_context, execution) => {
      if (execution === 1) throw broken();
      return found;
    });
    const events = await retried(block(group, "MODE: hierarchical\nAGGREGATE: merge\n", "can:work"), "t1");
    const [created] = all(events, "task.created");
    expect(created?.data).toMatchObject({ ref: "t1", mode: "hierarchical", aggregate: "merge" });
    expect(created?.data.routing?.choice).toBe("can:work");
    expect(resultOf(events, "t1")?.aggregated).toEqual({ how: "merge", from: ["t1.x"] });
  });

  it("keeps the number of voters and what they must agree to", async () => {
    const vote = "MODE: consensus\nVOTERS: 9\nMIN_AGREEMENT: 0.9\n";
    const others = Array.from({ length: 4 }, () => block(words("other"))).join("\n");
    const task = words("vote");
    worker.on(task, () => ({ ...found, claims: ["yes"] }));
    const events = await retried(`${block(task, vote)}\n${others}`, "t1");
    expect(resultOf(events, "t1")?.consensus).toMatchObject({ winner: "yes", minAgreement: 0.9 });
    expect(resultOf(events, "t1")?.consensus?.votes).toHaveLength(9);
  });

  it("and was a part of a group stands alone, under a name that a block may have", async () => {
    const [group, part] = [words("group"), words("part")];
    worker.on(group, () => ({ delegate: [{ ref: "x", agent: "knowledge", task: part }] }));
    worker.on(part, (_context, execution) => {
      if (execution === 1) throw broken();
      return { ...found, text: "found alone" };
    });
    const events = await retried(block(group, "MODE: hierarchical\n"), "t1.x");
    expect(resultOf(events, "t1-x")?.text).toBe("found alone");
  });
});
