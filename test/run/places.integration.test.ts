import { afterAll, beforeAll, expect, it } from "vitest";
import { claimedByHand } from "#/lib/run/claim-by-hand.ts";
import type { Handed, Taker } from "#/lib/run/hand-over.ts";
import { addProgramTasks, openProgramRun } from "#/lib/run/program-run.ts";
import { completeTask } from "#/lib/run/settle-task.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { seeded } from "#/test/faults/random.ts";
import { found } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** Places of a worker that takes tasks in the change that makes them ready, while changes fail around it. */
const RUNS = 25;
const TASKS = 40;
const PLACES = 20;
const random = seeded(20261122);

let world: World;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_MAX_TASKS: String(TASKS), DEPUTY_MAX_LIVE_TASKS: "1" });
  await registerTestAgents(world.context);
});
afterAll(() => world.close());

const task = { agent: "knowledge", mode: "parallel", priority: "normal", strict: true } as const;

/** One after the other, so that the end of each makes the next one ready. */
const graph = Array.from({ length: TASKS }, (_, at) => {
  return { ...task, ref: `p${at}`, task: `Task ${at}`, dependsOn: [] };
});

it("each is given back once, by a commit that failed or by the task that had it, in runs of 1,000 tasks", async () => {
  const { context } = world;
  const counts = { reserved: 0, released: 0, begun: 0, ended: 0, most: 0 };
  const free = () => PLACES - counts.reserved + counts.released + counts.ended;
  const claims = new Set<string>();
  const runIds: string[] = [];

  /** Fails as a statement does, and so at first whatever is in the same batch. */
  const spoil = (runId: string) =>
    context.writer
      .change(runId, (change) => void change.more.push((sql) => sql.unsafe("select 1 / 0")))
      .then(
        () => "committed",
        () => "failed",
      );
  const spoils: Promise<string>[] = [];
  async function work(handed: Handed): Promise<void> {
    claims.add(`${handed.task.id} ${handed.task.claim}`);
    const held = claimedByHand(handed);
    expect(held.isWarranted).toBe(true);
    if (random.between(0, 2) === 0) spoils.push(spoil(held.runId));
    expect(await completeTask(context, held, found)).toBe("settled");
  }
  const taker: Taker = {
    workerId: "the-only-one",
    reserve() {
      if (free() <= 0) return null;
      counts.reserved += 1;
      counts.most = Math.max(counts.most, PLACES - free());
      return 60_000;
    },
    release() {
      counts.released += 1;
    },
    begin(handed) {
      counts.begun += 1;
      void work(handed).finally(() => {
        counts.ended += 1;
      });
    },
  };
  context.writer.giveTo(taker);
  for (let at = 0; at < RUNS; at += 1) {
    const run = await openProgramRun(context, { title: `run ${at}` });
    runIds.push(run.runId);
    if (at % 2 === 0) spoils.push(spoil(run.runId));
    await addProgramTasks(context, run, graph);
  }
  const isIdle = async () => {
    return counts.begun === counts.ended && counts.reserved === counts.released + counts.begun;
  };
  await until(isIdle, { what: "all places to be free", timeoutMs: 20_000 });
  context.writer.giveTo(undefined);
  expect(new Set(await Promise.all(spoils))).toEqual(new Set(["failed"]));

  const tasks = (await Promise.all(runIds.map((id) => listTasks(context.store.db, id)))).flat();
  expect(tasks.length).toBe(RUNS * (TASKS + 1));
  expect(free()).toBe(PLACES);
  expect(counts.most).toBe(PLACES);
  expect(counts.released).toBeGreaterThan(50);
  expect(counts.begun).toBeGreaterThan(200);
  expect(claims.size).toBe(counts.begun);
  expect(tasks.filter(({ status }) => status === "in_progress")).toEqual([]);
  expect(tasks.filter(({ status }) => status === "completed")).toHaveLength(counts.begun);
});
