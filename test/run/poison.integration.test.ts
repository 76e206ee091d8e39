import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listDeadLetters } from "#/lib/run/dead-letters.ts";
import { releaseWorker } from "#/lib/run/release-worker.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { Effects } from "#/test/faults/effects.ts";
import { messageOf } from "#/test/faults/order.ts";
import { task } from "#/test/faults/orders.ts";
import { spawnWorker, type WorkerProcess } from "#/test/faults/worker-process.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** A task that ends the process that runs it, beside tasks that do nothing of the kind, in real worker processes. */
let world: World;
let dir: string;
let worker: WorkerProcess;
let isOver = false;

beforeAll(async () => {
  world = await openWorld();
  dir = await mkdtemp(join(tmpdir(), "deputy-test-"));
});
afterAll(async () => {
  isOver = true;
  worker?.signal("SIGKILL");
  await worker?.exited;
  await world.close();
  await rm(dir, { recursive: true, force: true });
});

/** As the supervisor does: reports each exit, and starts another one. Resolves when the first is ready. */
async function superviseWorkers(effects: string): Promise<void> {
  const { databaseUrl = "", redisUrl = "", prefix } = world.context.env;
  const addresses = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DEPUTY_PREFIX: prefix, DEPUTY_LOG: "silent" };
  const start = () => {
    worker = spawnWorker(`worker-${randomUUID().slice(0, 8)}`, { ...addresses, FAULT_EFFECTS: effects });
    const { id } = worker;
    void worker.exited.then(async () => {
      if (isOver) return;
      start();
      await releaseWorker(world.context, id);
    });
  };
  start();
  await worker.ready;
}

it("is dead as poison after three attempts, and everything else that its workers held is done", async () => {
  const effects = join(dir, "effects");
  await superviseWorkers(effects);
  const nonce = randomUUID();
  const others = ["t1", "t2", "t3"];
  const agents = ["knowledge", "planner"] as const;
  const order = {
    nonce,
    tasks: [
      task("bad", { agent: "browser", does: "crash", ms: 150 }),
      ...others.map((ref, at) => task(ref, { agent: agents[at % 2] ?? "planner", ms: 400 })),
    ],
    words: 3,
    delta: 200,
    pauseMs: 0,
  };
  const runId = await world.ask(messageOf(order));
  const events = await world.ended(runId, 25_000);
  expect(events.at(-1)?.type).toBe("run.completed");

  const rows = await listTasks(world.context.store.db, runId);
  expect(rows.flatMap(({ ref, status, dead }) => (others.includes(ref) ? [[ref, status, dead]] : []))).toEqual(
    others.map((ref) => [ref, "completed", null]),
  );
  expect(rows.find(({ ref }) => ref === "bad")).toMatchObject({ status: "failed", dead: "poison", attempt: 3 });
  expect(new Effects(effects).of("task", nonce, "bad")).toHaveLength(3);
  expect(await listDeadLetters(world.context, 10)).toEqual([
    expect.objectContaining({ runId, ref: "bad", reason: "poison", attempts: 3, error: expect.anything() }),
  ]);
});
