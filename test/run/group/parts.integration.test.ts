import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { readGroup } from "#/lib/run/group/parts.ts";
import { all } from "#/test/support/events.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** What a group finds of the tasks that it has had created. */
let world: World;
let worker: ScriptedWorker;

beforeAll(async () => {
  world = await openWorld();
  worker = await startScriptedWorker(world);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

/** As much of a claimed task as reading its parts takes, from its `task.created` event. */
function claimed(events: readonly RunEvent[], ref: string): ClaimedTask {
  const created = all(events, "task.created").find(({ data }) => data.ref === ref);
  return { id: created?.taskId, runId: created?.runId, createdSeq: created?.seq, ref } as ClaimedTask;
}

async function partsOf(events: readonly RunEvent[], ref: string) {
  const { group, parts } = await readGroup(world.context, claimed(events, ref));
  return { openings: group.openings, parts: parts.map(({ spec, result }) => [spec.ref, result?.text]) };
}

const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;
const group = (id: string, task: string) =>
  `ACTION: DELEGATE\nAGENT_TYPE: knowledge\nMODE: hierarchical\nID: ${id}\nTASK: ${task}\n---END---\n`;

describe("the parts of a group", () => {
  it("are its own, in the order in which they were created, and neither theirs nor those of other groups", async () => {
    const [one, other, inner, leaf] = ["one", "other", "inner", "leaf"].map(words) as [string, string, string, string];
    const part = (ref: string, task: string, mode: "parallel" | "hierarchical" = "parallel") =>
      ({ ref, agent: "knowledge", task, mode }) as const;
    worker.on(one, () => ({ delegate: [part("z", leaf), part("a", inner, "hierarchical"), part("m", leaf)] }));
    worker.on(inner, () => ({ delegate: [part("deep", leaf)] }));
    worker.on(other, () => ({ delegate: [part("a", leaf)] }));
    worker.on(leaf, () => ({ ...found, text: "a leaf" }));
    const events = await world.ended(await world.ask(group("t1", one) + group("t1-1", other) + group("t10", leaf)));
    expect(await partsOf(events, "t1")).toEqual({
      openings: 0,
      parts: [
        ["t1.z", "a leaf"],
        ["t1.a", expect.stringContaining("a leaf")],
        ["t1.m", "a leaf"],
      ],
    });
    expect((await partsOf(events, "t1.a")).parts).toEqual([["t1.a.deep", "a leaf"]]);
    expect((await partsOf(events, "t1-1")).parts).toEqual([["t1-1.a", "a leaf"]]);
    expect((await partsOf(events, "t10")).parts).toEqual([]);
  });

  it("are those since it was opened for the last time", async () => {
    const task = words("opened again");
    const part = words("part");
    worker.on(task, () => ({ delegate: [{ ref: "x", agent: "knowledge", task: part }] }));
    const events = await world.ended(await world.ask(group("t1", task)));
    expect(await partsOf(events, "t1")).toEqual({ openings: 0, parts: [["t1.x", "found"]] });
    const { id, runId } = claimed(events, "t1");
    await world.context.store.sql`
      insert into events (run_id, seq, v, type, task_id, data)
      select id, last_seq + 1, 1, 'task.reopened', ${id}, '{"by": "user", "attempts": 1}' from runs where id = ${runId}`;
    expect(await partsOf(events, "t1")).toEqual({ openings: 1, parts: [] });
  });
});
