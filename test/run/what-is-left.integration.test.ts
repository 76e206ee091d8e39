import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Delegation, openOrchestrator } from "#/lib/orchestrator.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import { addProgramTasks, openProgramRun } from "#/lib/run/program-run.ts";
import type { Replan } from "#/lib/run/replan.ts";
import { replanRun } from "#/lib/run/replan-run.ts";
import { startProgramRun } from "#/lib/run/start-program-run.ts";
import { listRuns } from "#/lib/store/runs.ts";
import { runs } from "#/lib/store/schema.ts";
import { refused } from "#/test/support/refused.ts";
import { openWorld, registerTestAgents, typesOf, type World } from "#/test/support/world.ts";

/** Runs of a minute and $0.065, with nobody who works: a task of complexity 5 is estimated at 30 s and $0.01. */
let world: World;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_RUN_MINUTES: "1", DEPUTY_MAX_COST_USD: "0.065" });
  await registerTestAgents(world.context);
});
afterAll(() => world.close());

const half = (ref: string, dependsOn: string[] = []) => {
  return { ref, agent: "knowledge", task: ref, dependsOn, complexity: 5 } as const satisfies Delegation;
};
/** Of 10 s and $0.001, by its words. */
const quick = (ref: string, dependsOn: string[] = []) => {
  return { ref, agent: "knowledge", task: ref, dependsOn } as const satisfies Delegation;
};
const asTask = (delegation: ReturnType<typeof half | typeof quick>) => {
  return { ...delegation, mode: "parallel", priority: "normal", strict: true } as const;
};
const open = () => openOrchestrator(world.context).open({ title: "A program" });

const tooLong = [half("a"), half("b", ["a"]), half("c", ["b"])];
const tooDear = [..."abcdefg"].map((ref) => half(ref));

describe("a graph of a program", () => {
  it("that takes longer than the run may is refused with its chain and the setting, and no run is begun", async () => {
    const before = await listRuns(world.context.store.db, 200);
    const order = { title: "Too long", tasks: tooLong.map(asTask), close: true };
    const { code, message } = await refused(startProgramRun(world.context, order));
    expect(code).toBe("budget");
    expect(message).toMatch(/a -> b -> c.*90 s.*60 s left \(setting DEPUTY_RUN_MINUTES\)/);
    expect(await listRuns(world.context.store.db, 200)).toHaveLength(before.length);
  });

  it("that costs more than the run may is refused with both sums and the setting", async () => {
    const order = { title: "Too dear", tasks: tooDear.map(asTask), close: true };
    const { code, message } = await refused(startProgramRun(world.context, order));
    expect([code, message]).toEqual(["budget", expect.stringMatching(/\$0\.0700.*\$0\.0650.*DEPUTY_MAX_COST_USD/)]);
  });

  it("is refused the same way in an open run, which is left as it was", async () => {
    const run = await open();
    expect((await refused(run.graph(tooLong))).message).toContain("DEPUTY_RUN_MINUTES");
    expect((await refused(run.graph(tooDear))).message).toContain("DEPUTY_MAX_COST_USD");
    expect(typesOf(await world.events(run.id))).toEqual(["run.started"]);
    expect(await run.graph([half("a"), quick("b", ["a"])])).toHaveLength(2);
    run.leave();
  });

  it("counts the open tasks that it waits for, and what is left by the run's own deadline", async () => {
    const run = await openProgramRun(world.context, { title: "A program", tasks: [asTask(half("a"))] });
    const { db } = world.context.store;
    await db.update(runs).set({ deadlineAt: sql`now() + interval '45 seconds'` }).where(eq(runs.id, run.runId));
    const { message } = await refused(addProgramTasks(world.context, run, [asTask(half("b", ["a"]))], run.ids));
    expect(message).toMatch(/a -> b.*60 s.*4[45] s left/);
    expect((await addProgramTasks(world.context, run, [asTask(half("b"))], run.ids)).size).toBe(1);
  });

  it("counts what the models of the run have cost so far", async () => {
    const run = await openProgramRun(world.context, { title: "A program", tasks: [asTask(half("a"))] });
    await spend(run.runId, 0.05);
    const more = (count: number) => tooDear.slice(1, 1 + count).map(asTask);
    expect((await refused(addProgramTasks(world.context, run, more(2)))).message).toContain("$0.0150");
    expect((await addProgramTasks(world.context, run, more(1))).size).toBe(1);
  });

  it("is begun once by its key, whatever would be left for it the second time", async () => {
    const order = { title: "Once", tasks: [half("a"), half("b", ["a"])].map(asTask), close: true, key: randomUUID() };
    const { runId } = await startProgramRun(world.context, order);
    const again = await startProgramRun(world.context, { ...order, tasks: tooLong.map(asTask) });
    expect(again.runId).toBe(runId);
  });
});

describe("a change of the plan", () => {
  const change = (runId: string, given: Partial<Replan>) =>
    replanRun(world.context, runId, { by: "user", drop: [], change: [], add: [], ...given });

  /** b and c wait for a, which has been dispatched. */
  async function planned() {
    const tasks = [half("a"), half("b", ["a"]), quick("c", ["a"])].map(asTask);
    return openProgramRun(world.context, { title: "A plan", tasks });
  }

  it("that makes a chain too long is refused as a whole, and the chain is named", async () => {
    const { runId } = await planned();
    const before = typesOf(await world.events(runId));
    const wanted: Partial<Replan>[] = [
      { change: [{ ref: "c", dependsOn: ["b"] }] },
      { add: [asTask(half("e", ["c"]))] },
      { change: [{ ref: "c", task: "Compare what a and b have found" }] },
    ];
    for (const one of wanted) {
      const { code, message } = await refused(change(runId, one));
      expect([code, message]).toEqual(["budget", expect.stringMatching(/a -> .*DEPUTY_RUN_MINUTES/)]);
    }
    expect(typesOf(await world.events(runId))).toEqual(before);
  });

  it("that adds what costs too much is refused, unless as much is dropped", async () => {
    const { runId } = await planned();
    const add = [..."tuvwxyz"].map((ref) => asTask(half(ref)));
    expect((await refused(change(runId, { add }))).message).toContain("DEPUTY_MAX_COST_USD");
    expect((await change(runId, { add, drop: ["b"] })).added).toEqual([..."tuvwxyz"]);
  });

  it("may shorten a plan that is beyond what is left already", async () => {
    const { runId } = await planned();
    const { db } = world.context.store;
    await db.update(runs).set({ deadlineAt: sql`now() + interval '5 seconds'` }).where(eq(runs.id, runId));
    expect((await change(runId, { drop: ["c"] })).dropped).toEqual(["c"]);
    expect((await change(runId, { change: [{ ref: "b", priority: "high" }] })).changed).toEqual(["b"]);
    expect((await refused(change(runId, { add: [asTask(half("z", ["b"]))] }))).code).toBe("budget");
  });
});

async function spend(runId: string, costUsd: number): Promise<void> {
  const data = { model: "costly", tier: "fast", inputTokens: 1, outputTokens: 1, costUsd, milliseconds: 1 } as const;
  await changeRun(world.context, runId, (change) => void change.events.push({ type: "model.called", data }));
}
