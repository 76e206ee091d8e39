import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ingestDocuments } from "#/lib/documents/ingest.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { listLiveWorkers } from "#/lib/store/workers.ts";
import { streamKey } from "#/lib/stream/keys.ts";
import { connectRedis } from "#/test/support/redis.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, typesOf, type World } from "#/test/support/world.ts";

/** Three real worker processes on one database, with the offline model. */
const RUNS = 60;
const questions = [
  "How is a task delivered?",
  "/delegate knowledge How is a task delivered?",
  "Make a plan for adding retries",
  "/sequential\nknowledge: What is a lease?\nknowledge: What is a claim?",
  "hello",
];

let world: World;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_LEASE_SECONDS: "4" });
  const content = "# Delivery\n\nA task is delivered by a stream; a lease says that its worker lives.\n";
  await ingestDocuments(world.context.store.db, [{ origin: "a.md", mediaType: "text/markdown", content }]);
  await Promise.all([world.startWorker(), world.startWorker(), world.startWorker()]);
  await until(async () => (await listLiveWorkers(world.context.store.db, 5_000)).length === 3, {
    what: "three workers",
    timeoutMs: 20_000,
  });
});
afterAll(() => world.close());

/** Of each task, how often it was claimed and how it ended. */
function taskStories(events: readonly RunEvent[]): Map<string, string[]> {
  const stories = new Map<string, string[]>();
  for (const { taskId, type } of events) {
    if (taskId === undefined) continue;
    stories.set(taskId, [...(stories.get(taskId) ?? []), type]);
  }
  return stories;
}

describe("three workers", () => {
  it(`complete ${RUNS} runs, each once, with gapless logs, and leave no entry behind`, {
    timeout: 120_000,
  }, async () => {
    const asked = await Promise.all(
      Array.from({ length: RUNS }, (_, n) => world.ask(questions[n % questions.length] ?? "hello")),
    );
    const logs = await Promise.all(asked.map((runId) => world.ended(runId, 110_000)));
    for (const events of logs) {
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
      expect(typesOf(events).filter((type) => /^run\.(completed|failed|cancelled)$/.test(type))).toHaveLength(1);
      expect(events.at(-1)?.type).toBe("run.completed");
      expect(events.filter(({ type }) => type === "task.retried").map(({ data }) => data)).toEqual([]);
      for (const story of taskStories(events).values()) {
        if (!story.includes("task.created")) continue;
        expect(story.filter((type) => type !== "task.progressed")).toEqual([
          "task.created",
          "task.dispatched",
          "task.claimed",
          ...story.filter((type) => type === "model.called"),
          "task.completed",
        ]);
      }
    }
    const helpers = new Set(
      logs.flat().flatMap((event) => (event.type === "task.claimed" ? [event.data.workerId] : [])),
    );
    expect(helpers.size).toBe(3);
    await until(async () => (await entriesLeft()) === 0, { what: "all entries to be deleted" });
  });

  it("end every run once when half of them are cancelled and one worker is killed in the middle", {
    timeout: 120_000,
  }, async () => {
    const asked = await Promise.all(
      Array.from({ length: 24 }, (_, n) => world.ask(questions[n % questions.length] ?? "hello")),
    );
    await Promise.all([
      ...asked
        .filter((_, n) => n % 2 === 0)
        .map((runId) => cancelRun(world.context, runId, { by: "user", reason: "test" })),
      world.workers[0]?.kill("SIGKILL"),
    ]);
    for (const runId of asked) {
      const events = await world.ended(runId, 60_000);
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
      expect(typesOf(events).filter((type) => /^run\.(completed|failed|cancelled)$/.test(type))).toHaveLength(1);
      expect(typesOf(events).at(-1)).toMatch(/^run\.(completed|cancelled)$/);
    }
  });

  it("drains on SIGTERM: finishes what it holds, takes nothing new, and exits by itself", {
    timeout: 60_000,
  }, async () => {
    const leaving = world.workers[1];
    const runId = await world.ask("How is a task delivered?");
    const exited = new Promise((resolve) => leaving?.child.once("exit", resolve));
    leaving?.child.kill("SIGTERM");
    expect(await exited).toBe(0);
    expect((await world.ended(runId, 8_000)).at(-1)?.type).toBe("run.completed");
    const live = await listLiveWorkers(world.context.store.db, 60_000);
    expect(live.map(({ id }) => id)).not.toContain(leaving?.id);
  });
});

async function entriesLeft(): Promise<number> {
  const redis = connectRedis(world.context.env.redisUrl ?? "");
  try {
    const keys = (["main", "knowledge", "planner"] as const).map((agent) =>
      streamKey(world.context.env.prefix, agent, "normal"),
    );
    return (await Promise.all(keys.map((key) => redis.xlen(key)))).reduce((sum, length) => sum + length, 0);
  } finally {
    await redis.quit();
  }
}
