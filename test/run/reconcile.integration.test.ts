import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { pauseRun, resumeRun } from "#/lib/run/pause-run.ts";
import { sweep } from "#/lib/run/sweep.ts";
import { listTasks, type Task } from "#/lib/store/tasks.ts";
import { registerWorker, removeWorker } from "#/lib/store/workers.ts";
import { streamKey } from "#/lib/stream/keys.ts";
import { connectRedis } from "#/test/support/redis.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, registerTestAgents, typesOf, type World } from "#/test/support/world.ts";

/** The reconciler where something is in its way. */
let world: World;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
});
afterAll(() => world.close());

async function worker(id = `test-${randomUUID()}`): Promise<string> {
  await registerWorker(world.context.store.db, { id, host: "test", pid: 1, version: "test", agents: ["knowledge"] });
  return id;
}

async function taskOf(runId: string, ref: string): Promise<Task> {
  const task = (await listTasks(world.context.store.db, runId)).find((known) => known.ref === ref);
  if (!task) throw new Error(`no task ${ref}`);
  return task;
}

async function claimed(runId: string, ref: string, workerId: string): Promise<ClaimedTask> {
  const { id: taskId, hash } = await taskOf(runId, ref);
  const task = await openClaims(world.context, workerId, () => false).claim({ taskId, hash, timeoutMs: 60_000 });
  if (typeof task === "string") throw new Error(`${ref} could not be claimed: ${task}`);
  return task;
}

/** Holds a lock in a transaction of its own while `work` goes on. */
async function whileLocked<T>(statement: string, work: () => Promise<T>): Promise<T> {
  const { sql } = world.context.store;
  const connection = await sql.reserve();
  try {
    await connection.unsafe("begin");
    await connection.unsafe(statement);
    return await work();
  } finally {
    await connection.unsafe("rollback");
    connection.release();
  }
}

describe("the reconciler", () => {
  it("goes on with the others when one run cannot be changed", async () => {
    const stuck = await world.ask("/delegate knowledge one");
    const free = await world.ask("/delegate knowledge one");
    const gone = await worker();
    await claimed(stuck, "t1", gone);
    await claimed(free, "t1", gone);
    await removeWorker(world.context.store.db, gone);
    await whileLocked(`select 1 from runs where id = '${stuck}' for update`, () => sweep(world.context));
    expect((await taskOf(free, "t1")).status).toBe("pending");
    await sweep(world.context);
    expect((await taskOf(stuck, "t1")).status).toBe("pending");
  });

  it("waits for nobody when it rings", async () => {
    const runId = await world.ask("/delegate knowledge one");
    const { id } = await taskOf(runId, "t1");
    await world.context.store.sql`update tasks set rung_at = null where id = ${id}`;
    await forget("knowledge");
    const startedAt = performance.now();
    await whileLocked(`select 1 from tasks where id = '${id}' for update`, () => sweep(world.context));
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it("rings again within seconds for what Redis lost, although it holds entries for others", async () => {
    const lost = await world.ask("/delegate knowledge one");
    const { id } = await taskOf(lost, "t1");
    await sweep(world.context);
    await forget("knowledge");
    await world.ask("/delegate knowledge two");
    await until(
      async () => {
        await sweep(world.context);
        return (await entries("knowledge")).includes(id);
      },
      { what: "the lost entry", timeoutMs: 6_000 },
    );
  });

  it("publishes no second entry for what Redis holds", async () => {
    const runId = await world.ask("/delegate planner one");
    const { id } = await taskOf(runId, "t1");
    await Promise.all([sweep(world.context), sweep(world.context)]);
    await world.context.store.sql`update tasks set rung_at = now() - interval '10 seconds' where id = ${id}`;
    await Promise.all([sweep(world.context), sweep(world.context)]);
    expect((await entries("planner")).filter((task) => task === id)).toHaveLength(1);
  });

  it("leaves a waiting parent asleep while a child is open, and wakes it when none is", async () => {
    const runId = await world.ask("/delegate browser one");
    const root = await claimed(runId, "@main", await worker());
    const { sql } = world.context.store;
    await sql`update tasks set status = 'waiting', worker_id = null where id = ${root.id}`;
    await sweep(world.context);
    expect((await taskOf(runId, "@main")).status).toBe("waiting");
    await sql`update tasks set status = 'failed', open = false, settled_at = now() where run_id = ${runId} and ref = 't1'`;
    await sweep(world.context);
    expect((await taskOf(runId, "@main")).status).toBe("pending");
  });
});

describe("a worker", () => {
  it("gives back what stands in its name and is not in its hands, such as what it held before it was restarted", async () => {
    const id = await worker(`worker-${randomUUID()}`);
    const runId = await world.ask("/delegate knowledge Is there a needle?");
    await claimed(runId, "t1", id);
    await claimed(runId, "@main", id);
    await world.startWorker({ DEPUTY_WORKER_ID: id });
    const events = await world.ended(runId, 25_000);
    expect(events.at(-1)?.type).toBe("run.completed");
    expect(typesOf(events).filter((type) => type === "task.completed")).toHaveLength(1);
  });

  it("runs no task that the log does not show accepted where delegating is allowed", async () => {
    if (world.workers.length === 0) await world.startWorker();
    const runId = await world.ask("/delegate knowledge Is there a needle?");
    await pauseRun(world.context, runId, { by: "system" });
    const forged = randomUUID();
    await world.context.store.sql`
      insert into tasks (id, run_id, parent_id, turn, block, ref, agent, author, mode, priority, hash, created_seq,
        accepted_seq, dispatched_at)
      select ${forged}, run_id, parent_id, 7, 7, 'forged', agent, 'main', mode, priority, hash, created_seq, accepted_seq, now()
      from tasks where run_id = ${runId} and ref = 't1'`;
    await resumeRun(world.context, runId, { by: "system" });
    await until(async () => (await taskOf(runId, "forged")).status === "failed", { what: "the forged task to fail" });
    expect((await taskOf(runId, "forged")).error?.code).toBe("not-accepted");
  });
});

async function forget(agent: "knowledge" | "planner"): Promise<void> {
  await withRedis((redis) => redis.del(streamKey(world.context.env.prefix, agent, "normal")));
}

/** Ids of the tasks for which Redis holds an entry. */
async function entries(agent: "knowledge" | "planner"): Promise<string[]> {
  const key = streamKey(world.context.env.prefix, agent, "normal");
  const found = await withRedis((redis) => redis.xrange(key, "-", "+"));
  return found.map(([, fields]) => fields[fields.indexOf("task") + 1] ?? "");
}

async function withRedis<T>(work: (redis: ReturnType<typeof connectRedis>) => Promise<T>): Promise<T> {
  const redis = connectRedis(world.context.env.redisUrl ?? "");
  try {
    return await work(redis);
  } finally {
    await redis.quit();
  }
}
