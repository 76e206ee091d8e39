import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConversation } from "#/lib/chat/conversation.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import { dropDeadLetter, listDeadLetters, readDeadLetter, retryDeadLetter } from "#/lib/run/dead-letters.ts";
import { pauseRun, resumeRun } from "#/lib/run/pause-run.ts";
import { sweep } from "#/lib/run/sweep.ts";
import { findRun } from "#/lib/store/runs.ts";
import { runs } from "#/lib/store/schema.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { all } from "#/test/support/events.ts";
import { found, type ScriptedWorker, startScriptedWorker, untilAborted } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, typesOf, type World } from "#/test/support/world.ts";

/** What can befall a task and its run, on a real worker with agents that do what a test says. */
let world: World;
let worker: ScriptedWorker;

const BASES_MS = [200, 400];

beforeAll(async () => {
  world = await openWorld({
    DEPUTY_BREAKER_FAILURES: "1000",
    DEPUTY_RETRY_SECONDS: BASES_MS.map((ms) => ms / 1_000).join(),
  });
  worker = await startScriptedWorker(world);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const by = { by: "user", reason: "Cancelled by the test." } as const;
const broken = (more: ConstructorParameters<typeof DeputyError>[2]) => new DeputyError("broken", "It broke.", more);
const block = (task: string, more = "", agent = "knowledge") =>
  `ACTION: DELEGATE\nAGENT_TYPE: ${agent}\n${more}TASK: ${task}\n---END---`;

/** Words that no other test has. */
const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;

async function idOf(runId: string, ref: string): Promise<string> {
  const task = (await listTasks(world.context.store.db, runId)).find((known) => known.ref === ref);
  if (task === undefined) throw new Error(`no task ${ref}`);
  return task.id;
}

async function statusOf(runId: string, ref: string): Promise<string | undefined> {
  return (await listTasks(world.context.store.db, runId)).find((known) => known.ref === ref)?.status;
}

const reached = (runId: string, ref: string, status: string) =>
  until(async () => (await statusOf(runId, ref)) === status, { what: `${ref} to be ${status}` });

/** Something that happens when the test says so. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: () => resolve(), deed: () => promise.then(() => found) };
}

describe("attempts", () => {
  it("that another one can help are repeated after a growing pause with jitter, then the task is dead", async () => {
    const tasks = Array.from({ length: 4 }, (_, at) => words(`fail ${at}`));
    for (const task of tasks)
      worker.on(task, () => {
        throw broken({ retryable: true });
      });
    const events = await world.ended(await world.ask(tasks.map((task) => block(task)).join("\n")));
    for (const task of tasks) expect(worker.runs(task)).toHaveLength(3);
    const retried = all(events, "task.retried");
    for (const [index, base] of BASES_MS.entries()) {
      const delays = retried.filter(({ data }) => data.attempt === index + 1).map(({ data }) => data.delayMs);
      expect(delays).toHaveLength(4);
      expect(new Set(delays).size).toBeGreaterThan(1);
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(base / 2);
      expect(Math.max(...delays)).toBeLessThanOrEqual(base);
    }
    for (const { data } of all(events, "task.failed")) expect(data).toMatchObject({ attempts: 3, dead: "attempts" });
    expect(pausesKept(events)).toEqual([]);
  });

  it("that none can help are not repeated", async () => {
    const task = words("final");
    worker.on(task, () => {
      throw broken({ retryable: false });
    });
    const events = await world.ended(await world.ask(block(task)));
    expect(worker.runs(task)).toHaveLength(1);
    expect(all(events, "task.failed")[0]?.data).toMatchObject({
      attempts: 1,
      dead: "final",
      error: { code: "broken" },
    });
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("wait for as long as the other side asks", async () => {
    const task = words("busy");
    worker.on(task, (_context, execution) => {
      if (execution === 1) throw broken({ retryable: true, retryAfterMs: 700 });
      return found;
    });
    const events = await world.ended(await world.ask(block(task)));
    expect(all(events, "task.retried")[0]?.data.delayMs).toBe(700);
    expect(pausesKept(events)).toEqual([]);
    expect(typesOf(events)).toContain("task.completed");
  });

  /** Attempts that began before their pause was over. */
  function pausesKept(events: readonly RunEvent[]): string[] {
    return all(events, "task.retried").flatMap(({ taskId, seq, at, data }) => {
      const next = all(events, "task.claimed").find((claimed) => claimed.taskId === taskId && claimed.seq > seq);
      const waitedMs = Date.parse(next?.at ?? "") - Date.parse(at);
      return waitedMs >= data.delayMs - 1 ? [] : [`${taskId} after ${waitedMs} of ${data.delayMs} ms`];
    });
  }
});

describe("deadlines", () => {
  it("of a task end its attempt, abort its agent, and the run goes on", async () => {
    const task = words("slow");
    const aborted = Promise.withResolvers<void>();
    worker.on(task, (context) => {
      context.signal.addEventListener("abort", () => aborted.resolve());
      return untilAborted(context);
    });
    const events = await world.ended(await world.ask(block(task, "TIMEOUT: 1s\n")));
    await aborted.promise;
    expect(all(events, "task.failed")[0]?.data).toMatchObject({ error: { code: "task-timeout" }, attempts: 1 });
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("of a run end it with everything open, and name the setting", async () => {
    const task = words("endless");
    worker.on(task, untilAborted);
    const runId = await world.ask(block(task));
    await reached(runId, "t1", "in_progress");
    await passDeadline(runId);
    const events = await world.ended(runId);
    expect(events.at(-1)).toMatchObject({ type: "run.failed", data: { error: { code: "budget-time" } } });
    expect(all(events, "run.failed")[0]?.data.error.message).toContain("DEPUTY_RUN_MINUTES");
    expect(await statusOf(runId, "t1")).toBe("cancelled");
  });
});

describe("cancelling one task", () => {
  it("aborts its agent within 2 s, cancels what strictly depends on it, and leaves the others alone", async () => {
    const [gone, other] = [words("gone"), words("other")];
    const aborted = Promise.withResolvers<number>();
    const goesOn = held();
    worker.on(gone, (context) => {
      context.signal.addEventListener("abort", () => aborted.resolve(performance.now()));
      return untilAborted(context);
    });
    worker.on(other, goesOn.deed);
    const behind = block("behind", "DEPENDS_ON: t1\n");
    const runId = await world.ask([block(gone), block(other), behind].join("\n"));
    await until(() => worker.runs(gone).length + worker.runs(other).length === 2, { what: "both to run" });
    const askedAt = performance.now();
    expect(await cancelTask(world.context, await idOf(runId, "t1"), by)).toBe("cancelled");
    expect((await aborted.promise) - askedAt).toBeLessThan(2_000);
    goesOn.open();
    const events = await world.ended(runId);
    expect(await Promise.all(["t1", "t2", "t3"].map((ref) => statusOf(runId, ref)))).toEqual([
      "cancelled",
      "completed",
      "cancelled",
    ]);
    expect(all(events, "task.cancelled").map(({ data }) => data.reason)).toEqual([
      by.reason,
      "It depends on t1, which did not succeed.",
    ]);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("lets run what only loosely depends on it", async () => {
    const gone = words("gone");
    worker.on(gone, untilAborted);
    const runId = await world.ask([block(gone, "STRICT: false\n"), block("behind", "DEPENDS_ON: t1\n")].join("\n"));
    await reached(runId, "t1", "in_progress");
    await cancelTask(world.context, await idOf(runId, "t1"), by);
    await world.ended(runId);
    expect(await statusOf(runId, "t2")).toBe("completed");
  });
});

describe("a pause", () => {
  it("lets what is under way end, starts nothing new, and goes on where it stood", async () => {
    const [first, second] = [words("first"), words("second")];
    const underWay = held();
    worker.on(first, underWay.deed);
    const runId = await world.ask([block(first), block(second, "DEPENDS_ON: t1\n")].join("\n"));
    await reached(runId, "t1", "in_progress");
    await pauseRun(world.context, runId, { by: "user", reason: "Lunch." });
    underWay.open();
    await reached(runId, "t1", "completed");
    await everythingElse();
    expect(worker.runs(second)).toEqual([]);
    const types = typesOf(await world.events(runId)).filter((type) => type !== "task.claimed");
    expect(types.slice(-2)).toEqual(["run.paused", "task.completed"]);
    await resumeRun(world.context, runId, { by: "user" });
    const events = await world.ended(runId);
    expect(worker.runs(second)).toHaveLength(1);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("takes no turn of the main agent", async () => {
    const only = words("only");
    const underWay = held();
    worker.on(only, underWay.deed);
    const runId = await world.ask(block(only));
    await reached(runId, "t1", "in_progress");
    await pauseRun(world.context, runId, { by: "user" });
    underWay.open();
    await reached(runId, "t1", "completed");
    await everythingElse();
    expect(typesOf(await world.events(runId))).not.toContain("turn.started");
    await resumeRun(world.context, runId, { by: "user" });
    expect((await world.ended(runId)).at(-1)?.type).toBe("run.completed");
  });

  it("stops the clock of the run: its deadline passes by and is moved by the length of the pause", async () => {
    const task = words("under way");
    const underWay = held();
    worker.on(task, underWay.deed);
    const runId = await world.ask(block(task));
    await reached(runId, "t1", "in_progress");
    await pauseRun(world.context, runId, { by: "user" });
    await passDeadline(runId);
    const before = await clockOf(runId);
    await everythingElse();
    expect((await clockOf(runId)).status).toBe("active");
    const { db } = world.context.store;
    const aMinuteAgo = sql`now() - interval '1 minute'`;
    await db.update(runs).set({ pausedAt: aMinuteAgo }).where(eq(runs.id, runId));
    await resumeRun(world.context, runId, { by: "user" });
    const movedMs = (await clockOf(runId)).deadlineMs - before.deadlineMs;
    expect(movedMs).toBeGreaterThanOrEqual(60_000);
    expect(movedMs).toBeLessThan(70_000);
    underWay.open();
    expect((await world.ended(runId)).at(-1)?.type).toBe("run.completed");
  });

  it("lets a task be cancelled, and stays", async () => {
    const task = words("under way");
    worker.on(task, untilAborted);
    const runId = await world.ask(block(task));
    await reached(runId, "t1", "in_progress");
    await pauseRun(world.context, runId, { by: "user" });
    await cancelTask(world.context, await idOf(runId, "t1"), by);
    expect(await statusOf(runId, "t1")).toBe("cancelled");
    expect((await findRun(world.context.store.db, runId))?.pausedAt).not.toBeNull();
    await resumeRun(world.context, runId, { by: "user" });
    expect((await world.ended(runId)).at(-1)?.type).toBe("run.completed");
  });
});

describe("a dead letter", () => {
  it("is tried again in its run while that is under way: attempts count anew, its history stays", async () => {
    const [letter, other] = [words("letter"), words("other")];
    const goesOn = held();
    worker.on(other, goesOn.deed);
    worker.on(letter, (_context, execution) => {
      if (execution === 1) throw broken({ retryable: false });
      return found;
    });
    const runId = await world.ask([block(letter), block(other)].join("\n"));
    await reached(runId, "t1", "failed");
    const taskId = await idOf(runId, "t1");
    const [newest] = await listDeadLetters(world.context, 1);
    expect(newest).toMatchObject({ taskId, runId, reason: "final", attempts: 1, error: { code: "broken" } });
    expect(await retryDeadLetter(world.context, taskId)).toEqual({ how: "reopened", runId });
    await reached(runId, "t1", "completed");
    goesOn.open();
    const events = await world.ended(runId);
    const told = typesOf(events.filter((event) => event.taskId === taskId));
    expect(told.slice(told.indexOf("task.claimed"))).toEqual([
      "task.claimed",
      "task.failed",
      "task.reopened",
      "task.dispatched",
      "task.claimed",
      "task.completed",
    ]);
    expect(all(events, "task.claimed").filter((event) => event.taskId === taskId)[1]?.data.attempt).toBe(1);
    await expect(readDeadLetter(world.context, taskId)).rejects.toMatchObject({ code: "dead-letter-unknown" });
  });

  it("that is tried again and dropped at once is not said to be open when it stays failed", async () => {
    const [letter, other] = [words("letter"), words("other")];
    const goesOn = held();
    worker.on(other, goesOn.deed);
    worker.on(letter, () => {
      throw broken({ retryable: false });
    });
    const runId = await world.ask([...Array.from({ length: 8 }, () => block(letter)), block(other)].join("\n"));
    for (let number = 1; number <= 8; number += 1) {
      const ref = `t${number}`;
      await reached(runId, ref, "failed");
      const taskId = await idOf(runId, ref);
      await Promise.allSettled([dropDeadLetter(world.context, taskId), retryDeadLetter(world.context, taskId)]).then(
        async ([, retried]) => {
          const isTold = retried.status === "fulfilled";
          const history = (await world.events(runId)).filter((event) => event.taskId === taskId);
          expect(typesOf(history).includes("task.reopened")).toBe(isTold);
        },
      );
    }
    goesOn.open();
    await world.ended(runId);
  });

  it("is tried again in a new run of the conversation when its own has ended, once, and the old one stays", async () => {
    const letter = words("letter");
    worker.on(letter, (_context, execution) => {
      if (execution === 1) throw broken({ retryable: false });
      return found;
    });
    const conversationId = randomUUID();
    const runId = await world.ask(block(letter, 'INPUT: {"depth":2}\n'), conversationId);
    const before = await world.ended(runId);
    const taskId = await idOf(runId, "t1");
    expect(await readDeadLetter(world.context, taskId)).toMatchObject({
      payload: { task: letter, input: { depth: 2 } },
      history: before.filter((event) => event.taskId === taskId),
    });
    const [retried, again] = await Promise.allSettled([
      retryDeadLetter(world.context, taskId),
      retryDeadLetter(world.context, taskId),
    ]);
    const started = [retried, again].flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(started[0]?.how).toBe("started");
    expect(new Set(started.map((one) => one.runId)).size).toBe(1);
    const events = await world.ended(started[0]?.runId ?? "");
    expect(all(events, "run.started")[0]?.data.retryOf).toEqual({ runId, taskId });
    expect(all(events, "task.created")[0]?.data).toMatchObject({ task: letter, input: { depth: 2 } });
    expect(typesOf(events)).toContain("task.completed");
    expect(await world.events(runId)).toEqual(before);
    const shown = await readConversation(world.context, conversationId);
    expect(shown?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
    await expect(readDeadLetter(world.context, taskId)).rejects.toMatchObject({ code: "dead-letter-unknown" });
  });
});

/** Whatever would start has the time to: the reconciler has run, and another run from its beginning to its end. */
async function everythingElse(): Promise<void> {
  await sweep(world.context);
  await world.ended(await world.ask(block(words("elsewhere"))));
}

async function clockOf(runId: string): Promise<{ status: string; deadlineMs: number }> {
  const run = await findRun(world.context.store.db, runId);
  return { status: run?.status ?? "", deadlineMs: Date.parse(run?.deadlineAt ?? "") };
}

async function passDeadline(runId: string): Promise<void> {
  const { db } = world.context.store;
  await db.update(runs).set({ deadlineAt: sql`now() - interval '1 second'` }).where(eq(runs.id, runId));
}
