import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { releaseSilentWorkers, releaseWorker } from "#/lib/run/release-worker.ts";
import { completeTask, failTask } from "#/lib/run/settle-task.ts";
import { startRun } from "#/lib/run/start-run.ts";
import { sweep } from "#/lib/run/sweep.ts";
import { findConversation } from "#/lib/store/conversations.ts";
import { listTasks, type Task } from "#/lib/store/tasks.ts";
import { registerWorker } from "#/lib/store/workers.ts";
import { streamKey } from "#/lib/stream/keys.ts";
import { connectRedis } from "#/test/support/redis.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, registerTestAgents, typesOf, type World } from "#/test/support/world.ts";

const result: TaskResult = { text: "found", evidence: [], artifacts: [] };
const twoTasks = [
  "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: one\n---END---",
  "ACTION: DELEGATE\nAGENT_TYPE: planner\nDEPENDS_ON: t1\nTASK: two\n---END---",
].join("\n");

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
});
afterAll(() => world.close());

/** A worker of the test's own: it holds what it claims and does nothing. */
async function worker(): Promise<string> {
  const id = `test-${randomUUID()}`;
  await registerWorker(world.context.store.db, { id, host: "test", pid: 1, version: "test", agents: ["knowledge"] });
  return id;
}

async function taskOf(runId: string, ref: string): Promise<Task> {
  const task = (await listTasks(world.context.store.db, runId)).find((known) => known.ref === ref);
  if (!task) throw new Error(`no task ${ref}`);
  return task;
}

async function claim(runId: string, ref: string, workerId: string): Promise<ClaimedTask | null> {
  const { id: taskId, hash } = await taskOf(runId, ref);
  const task = await openClaims(world.context, workerId, () => false).claim({ taskId, hash, timeoutMs: 60_000 });
  return typeof task === "string" ? null : task;
}

async function claimed(runId: string, ref: string, workerId: string): Promise<ClaimedTask> {
  const task = await claim(runId, ref, workerId);
  if (task === null) throw new Error(`${ref} could not be claimed`);
  return task;
}

describe("starting a run", () => {
  it("starts one run for one message id, however often and however simultaneously it is posted", async () => {
    const message = { conversationId: randomUUID(), messageId: randomUUID(), text: "hello", again: false };
    const started = await Promise.all(Array.from({ length: 8 }, () => startRun(world.context, message)));
    expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
    expect(started.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  it("refuses a second message while the first is being answered, and keeps nothing of it", async () => {
    const conversationId = randomUUID();
    const runId = await world.ask("first", conversationId);
    await expect(world.ask("second", conversationId)).rejects.toMatchObject({ code: "conversation-busy" });
    await cancelRun(world.context, runId, { by: "user", reason: "test" });
    await expect(world.ask("second", conversationId)).resolves.toBeTypeOf("string");
  });

  it("starts another run for the same message only when it is asked to and the last one has ended", async () => {
    const message = { conversationId: randomUUID(), messageId: randomUUID(), text: "hello", again: true };
    const { runId } = await startRun(world.context, message);
    expect((await startRun(world.context, message)).runId).toBe(runId);
    await cancelRun(world.context, runId, { by: "user", reason: "test" });
    expect((await startRun(world.context, { ...message, again: false })).runId).toBe(runId);
    const second = await startRun(world.context, message);
    expect(second).toMatchObject({ isNew: true });
    expect(second.runId).not.toBe(runId);
  });

  it("gives a title that cuts no character in half", async () => {
    const conversationId = randomUUID();
    await world.ask(`${"x".repeat(78)}\u{1f600}${"y".repeat(20)}`, conversationId);
    const conversation = await findConversation(world.context.store.db, conversationId);
    expect(conversation?.title).not.toContain("\ufffd");
    expect(conversation?.title).toMatch(/^x{78}/);
  });

  it("gives a title that says what the first block asks for", async () => {
    const titleOf = async (text: string) => {
      const conversationId = randomUUID();
      await world.ask(text, conversationId);
      return (await findConversation(world.context.store.db, conversationId))?.title;
    };
    expect(await titleOf(twoTasks)).toBe("one");
    expect(await titleOf("ACTION: DELEGATE\nTASK:\n---END---")).toBe("ACTION: DELEGATE TASK: ---END---");
    expect(await titleOf(`Please:\n${twoTasks}`)).toMatch(/^Please: ACTION/);
  });

  it("dispatches what the user delegated himself at once, and what depends on it afterwards", async () => {
    const runId = await world.ask(twoTasks);
    const events = await world.events(runId);
    expect(typesOf(events)).toEqual([
      "run.started",
      "action.accepted",
      "task.created",
      "action.accepted",
      "task.created",
      "task.dispatched",
    ]);
    expect((await taskOf(runId, "t2")).dispatchedAt).toBeNull();
    await completeTask(world.context, await claimed(runId, "t1", await worker()), result);
    expect((await taskOf(runId, "t2")).dispatchedAt).not.toBeNull();
  });

  it("hands out a task with half a character in its words", async () => {
    const runId = await world.ask("/delegate knowledge one \ud800");
    const task = await claimed(runId, "t1", await worker());
    expect([task.spec.task, task.isWarranted]).toEqual(["one \ufffd", true]);
  });

  it("fails a task for an agent that nobody registered, by name", async () => {
    const runId = await world.ask("/delegate code Write a parser");
    expect(await taskOf(runId, "t1")).toMatchObject({
      status: "failed",
      error: { message: "Agent code not registered" },
    });
  });
});

describe("claiming and settling", () => {
  it("gives a task to one of many workers that want it", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const workers = await Promise.all(Array.from({ length: 6 }, worker));
    const claims = await Promise.all(workers.map((id) => claim(runId, "t1", id)));
    expect(claims.filter((task) => task !== null)).toHaveLength(1);
  });

  it("does not believe an entry whose hash is not that of the row, whose task does not exist, or whose worker is gone", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const { id: taskId, hash } = await taskOf(runId, "t1");
    const workerId = await worker();
    const wanted = { taskId, hash, timeoutMs: 1_000 };
    const { claim } = openClaims(world.context, workerId, () => false);
    expect(await claim({ ...wanted, hash: "forged" })).toBe("altered");
    expect(await claim({ ...wanted, taskId: randomUUID() })).toBe("no-task");
    expect(await claim({ ...wanted, taskId: "'; drop table tasks" })).toBe("no-task");
    expect(await openClaims(world.context, "nobody", () => false).claim(wanted)).toBe("not-due");
  });

  it("stores the first outcome and drops every later one", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const task = await claimed(runId, "t1", await worker());
    const settled = await Promise.all([1, 2, 3].map(() => completeTask(world.context, task, result)));
    expect(settled.filter((outcome) => outcome === "settled")).toHaveLength(1);
    expect(typesOf(await world.events(runId)).filter((type) => type === "task.completed")).toHaveLength(1);
    expect(await failTask(world.context, task, new DeputyError("late", "late"))).toBe("lost");
  });

  it("refuses every write of a worker whose task was given to another", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const first = await worker();
    const zombie = await claimed(runId, "t1", first);
    await releaseWorker(world.context, first);
    const owner = await claimed(runId, "t1", await worker());
    expect(owner.claim).toBe(zombie.claim + 1);

    expect(await completeTask(world.context, zombie, { ...result, text: "of the dead" })).toBe("lost");
    const progress = changeHeldRun(world.context, zombie, (change) => {
      change.events.push({ type: "task.progressed", taskId: zombie.id, data: { text: "of the dead" } });
    });
    await expect(progress).rejects.toMatchObject({ code: "claim-lost" });
    expect(await completeTask(world.context, owner, result)).toBe("settled");
    expect(JSON.stringify(await world.events(runId))).not.toContain("of the dead");
  });

  it("tries again after a failure that another attempt may cure, and gives up after three", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const workerId = await worker();
    const error = new DeputyError("network", "The line was cut.", { retryable: true });
    for (const outcome of ["retried", "retried", "settled"]) {
      const task = await until(() => claim(runId, "t1", workerId), { what: "the back-off to pass" });
      expect(await failTask(world.context, task, error)).toBe(outcome);
    }
    expect(await taskOf(runId, "t1")).toMatchObject({ status: "failed", attempt: 3, error: { code: "network" } });
  });

  it("does not try again what another attempt cannot cure", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const task = await claimed(runId, "t1", await worker());
    expect(await failTask(world.context, task, new DeputyError("bad-input", "No."))).toBe("settled");
  });

  it("cancels what depends on a strict failure, with the reason", async () => {
    const runId = await world.ask(twoTasks);
    await failTask(world.context, await claimed(runId, "t1", await worker()), new DeputyError("x", "x"));
    expect((await taskOf(runId, "t2")).status).toBe("cancelled");
    const cancelled = (await world.events(runId)).find((event) => event.type === "task.cancelled");
    expect(cancelled?.data).toEqual({ reason: "It depends on t1, which did not succeed." });
  });

  it("refuses a result over the limit, and says which setting it is", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const task = await claimed(runId, "t1", await worker());
    await completeTask(world.context, task, { ...result, text: "x".repeat(1_100_000) });
    expect(await taskOf(runId, "t1")).toMatchObject({ status: "failed", error: { code: "budget-result" } });
  });

  it("fails a task whose result readers of the log could not read", async () => {
    const runId = await world.ask("/delegate planner one");
    const task = await claimed(runId, "t1", await worker());
    const step = { id: "Not an id!", title: "x", agent: "knowledge", dependsOn: [], complexity: 1, acceptance: "x" };
    const plan = { goal: "x", steps: [step] } as TaskResult["plan"];
    await completeTask(world.context, task, { ...result, plan });
    expect(await taskOf(runId, "t1")).toMatchObject({ status: "failed", error: { code: "bad-result" } });
    expect(typesOf(await world.events(runId))).toContain("task.failed");
  });

  it("ends a run whose last error holds what Postgres cannot store", async () => {
    const runId = await world.ask("hello");
    const root = await claimed(runId, "@main", await worker());
    expect(await failTask(world.context, root, new DeputyError("model-refused", "no\u0000 such \ud800 key"))).toBe(
      "settled",
    );
    expect((await world.events(runId)).at(-1)?.data).toMatchObject({ error: { message: "no such \ufffd key" } });
  });

  it("holds a person to the budget of tasks, and says so", async () => {
    const own = {
      ...world.context,
      env: { ...world.context.env, budgets: { ...world.context.env.budgets, tasks: 2 } },
    };
    const text = "/parallel\nknowledge: one\nknowledge: two\nknowledge: three";
    const message = { conversationId: randomUUID(), messageId: randomUUID(), text, again: false };
    const { runId } = await startRun(own, message);
    const events = await world.events(runId);
    expect(typesOf(events).filter((type) => type === "task.created")).toHaveLength(2);
    expect(events.find((event) => event.type === "action.refused")?.data).toMatchObject({
      code: "budget",
      author: "user",
    });
  });

  it("keeps at most five tasks of one agent live in a run", async () => {
    const runId = await world.ask(
      `/parallel\n${Array.from({ length: 7 }, (_, i) => `knowledge: task ${i}`).join("\n")}`,
    );
    const live = async () =>
      (await listTasks(world.context.store.db, runId)).filter((task) => task.parentId && task.dispatchedAt);
    expect(await live()).toHaveLength(5);
    await completeTask(world.context, await claimed(runId, "t1", await worker()), result);
    expect(await live()).toHaveLength(6);
  });
});

describe("the log of a run", () => {
  it("counts without a gap while many writers append at once", async () => {
    const runId = await world.ask(
      `/parallel\n${Array.from({ length: 5 }, (_, i) => `knowledge: task ${i}`).join("\n")}`,
    );
    const workerId = await worker();
    await Promise.all(
      [1, 2, 3, 4, 5].map(async (n) => {
        const task = await claimed(runId, `t${n}`, workerId);
        for (let i = 0; i < 20; i += 1) {
          await changeHeldRun(world.context, task, (change) => {
            change.events.push({ type: "task.progressed", taskId: task.id, data: { text: `${n}.${i}` } });
          });
        }
        await completeTask(world.context, task, result);
      }),
    );
    const events = await world.events(runId);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  });

  it("takes what a model may write: NUL, half characters, and whatever else jsonb refuses", async () => {
    const runId = await world.ask("a\u0000b \ud800 c");
    const [started] = await world.events(runId);
    expect(started?.data).toMatchObject({ text: "ab \ufffd c" });
  });

  it("ends with exactly one end, and takes nothing after it", async () => {
    const runId = await world.ask(twoTasks);
    const task = await claimed(runId, "t1", await worker());
    await Promise.all([1, 2].map(() => cancelRun(world.context, runId, { by: "user", reason: "enough" })));
    expect(await completeTask(world.context, task, result)).toBe("lost");
    const events = await world.events(runId);
    expect(typesOf(events).slice(-3)).toEqual(["task.cancelled", "task.cancelled", "run.cancelled"]);
    const statuses = (await listTasks(world.context.store.db, runId)).map((known) => known.status);
    expect(new Set(statuses)).toEqual(new Set(["cancelled"]));
  });
});

describe("the reconciler", () => {
  it("rings again for what Redis has forgotten", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const { prefix, redisUrl } = world.context.env;
    const redis = connectRedis(redisUrl ?? "");
    const key = streamKey(prefix, "knowledge", "normal");
    await redis.del(key);
    const { id } = await taskOf(runId, "t1");
    const rung = async () => {
      await sweep(world.context);
      const entries = await redis.xrange(key, "-", "+");
      return entries.some(([, fields]) => fields.includes(id));
    };
    await until(rung, { what: "the entry to be published again" });
    await redis.quit();
  });

  it("gives back the tasks of a worker whose lease ran out", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const workerId = await worker();
    await claimed(runId, "t1", workerId);
    await world.context.store.sql`update workers set seen_at = now() - interval '6 seconds' where id = ${workerId}`;
    // Nobody is judged while the server has only just started.
    const given = async () => {
      await releaseSilentWorkers(world.context);
      return (await taskOf(runId, "t1")).status === "pending";
    };
    await until(given, { what: "the task to be given back" });
    expect((await taskOf(runId, "t1")).workerId).toBeNull();
    expect(typesOf(await world.events(runId)).at(-1)).toBe("task.retried");
  });

  it("ends a run that is past its deadline, and says which setting it is", async () => {
    const runId = await world.ask("/delegate knowledge one");
    await world.context.store.sql`update runs set deadline_at = now() - interval '1 second' where id = ${runId}`;
    await sweep(world.context);
    expect((await world.events(runId)).at(-1)).toMatchObject({
      type: "run.failed",
      data: { error: { code: "budget-time" } },
    });
  });

  it("fails a task whose worker lives and does not stop it at its deadline", async () => {
    const runId = await world.ask("/delegate knowledge one");
    await claimed(runId, "t1", await worker());
    await world.context.store.sql`update tasks set deadline_at = now() - interval '1 minute' where run_id = ${runId}`;
    await sweep(world.context);
    expect(await taskOf(runId, "t1")).toMatchObject({ status: "failed", error: { code: "task-timeout" } });
  });
});
