import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import { flagSlowTasks } from "#/lib/run/flag-slow-tasks.ts";
import { pauseRun, resumeRun } from "#/lib/run/pause-run.ts";
import { openProgramRun } from "#/lib/run/program-run.ts";
import { completeTask, failTask } from "#/lib/run/settle-task.ts";
import { sweep } from "#/lib/run/sweep.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { registerWorker } from "#/lib/store/workers.ts";
import { all } from "#/test/support/events.ts";
import { found } from "#/test/support/scripted-worker.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** Tasks that are expected to take 30 s and were dispatched a minute ago, without a worker. */
let world: World;
const workerId = `test-${randomUUID()}`;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
  const { db } = world.context.store;
  await registerWorker(db, { id: workerId, host: "test", pid: 1, version: "test", agents: ["knowledge"] });
});
afterAll(() => world.close());

const task = { agent: "knowledge", task: "x", mode: "parallel", priority: "normal", strict: true } as const;
const by = { by: "user" } as const;

/** a, and b behind it. */
async function dispatched(agoSeconds = 60, more: { complexity?: number } = {}) {
  const tasks = [
    { ...task, ...more, ref: "a", dependsOn: [] },
    { ...task, ...more, ref: "b", dependsOn: ["a"] },
  ];
  const { runId, ids } = await openProgramRun(world.context, { title: "A program", tasks });
  const id = ids.get("a") ?? "";
  await earlier(id, agoSeconds);
  return { runId, id };
}

/** Moves the dispatch of a task, and all that the log tells of it, into the past. */
async function earlier(id: string, seconds: number): Promise<void> {
  const { sql } = world.context.store;
  await sql`update tasks set dispatched_at = dispatched_at - ${seconds} * interval '1 second' where id = ${id}`;
  await sql`update events set at = at - ${seconds} * interval '1 second' where task_id = ${id}`;
}

async function claim(runId: string, id: string) {
  const row = (await listTasks(world.context.store.db, runId)).find((known) => known.id === id);
  const wanted = { taskId: id, hash: row?.hash ?? "", timeoutMs: 60_000 };
  const taken = await openClaims(world.context, workerId, () => false).claim(wanted);
  if (typeof taken === "string") throw new Error(`a could not be claimed: ${taken}`);
  return taken;
}

async function flags(runId: string): Promise<object[]> {
  await flagSlowTasks(world.context);
  return all(await world.events(runId), "task.slow").map(({ taskId, data }) => ({ taskId, ...data }));
}

describe("a task that takes longer than its complexity lets expect", () => {
  it("is flagged as waiting where nobody has begun it, once, whoever looks at the same moment", async () => {
    const { runId, id } = await dispatched();
    await Promise.all([1, 2, 3].map(() => flagSlowTasks(world.context)));
    expect(await flags(runId)).toEqual([{ taskId: id, expectedMs: 30_000, waiting: true }]);
  });

  it("is flagged from its dispatch on, though its attempt has only just begun, which the log tells first", async () => {
    const { runId, id } = await dispatched();
    await claim(runId, id);
    expect(await flags(runId)).toEqual([{ taskId: id, expectedMs: 30_000 }]);
    const told = (await world.events(runId)).filter(({ taskId }) => taskId === id).map(({ type }) => type);
    expect(told.slice(-2)).toEqual(["task.claimed", "task.slow"]);
    expect(await completeTask(world.context, await claimed(runId, id), found)).toBe("settled");
  });

  it("is flagged over all of its attempts, also between two of them", async () => {
    const { runId, id } = await dispatched(20);
    const held = await claim(runId, id);
    const error = new DeputyError("broken", "It broke.", { retryable: true, retryAfterMs: 60_000 });
    await failTask(world.context, held, error);
    expect(await flags(runId)).toEqual([]);
    await earlier(id, 11);
    expect(await flags(runId)).toEqual([{ taskId: id, expectedMs: 30_000 }]);
  });

  it("is flagged anew when it was opened again and dispatched anew", async () => {
    const { runId, id } = await dispatched();
    expect(await flags(runId)).toHaveLength(1);
    const { sql } = world.context.store;
    await sql`update tasks set dispatched_at = now() where id = ${id}`;
    expect(await flags(runId)).toHaveLength(1);
    await earlier(id, 31);
    expect(await flags(runId)).toHaveLength(2);
  });

  it("is flagged by its complexity, by the reconciler", async () => {
    const [easy, hard] = [await dispatched(100, { complexity: 5 }), await dispatched(100, { complexity: 6 })];
    await sweep(world.context);
    expect(all(await world.events(easy.runId), "task.slow").map(({ data }) => data.expectedMs)).toEqual([90_000]);
    expect(await flags(hard.runId)).toEqual([]);
  });
});

describe("nothing is flagged", () => {
  it("of a task that has not been dispatched, has settled, or has its time yet", async () => {
    const early = await dispatched(25);
    const settled = await dispatched();
    await completeTask(world.context, await claim(settled.runId, settled.id), found);
    expect([await flags(early.runId), await flags(settled.runId)]).toEqual([[], []]);
  });

  it("of a paused run, nor as soon as it goes on", async () => {
    const { runId, id } = await dispatched();
    await pauseRun(world.context, runId, by);
    expect(await flags(runId)).toEqual([]);
    await resumeRun(world.context, runId, by);
    expect(await flags(runId)).toEqual([]);
    const { sql } = world.context.store;
    await sql`update events set at = at - interval '31 seconds' where run_id = ${runId}`;
    expect(await flags(runId)).toMatchObject([{ taskId: id }]);
  });
});

/** As its worker holds it. */
async function claimed(runId: string, id: string) {
  const row = (await listTasks(world.context.store.db, runId)).find((known) => known.id === id);
  if (row === undefined) throw new Error("there is no such task");
  return row;
}
