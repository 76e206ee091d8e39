import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOrchestrator } from "#/lib/orchestrator.ts";
import type { Board } from "#/lib/protocol/orchestration.ts";
import { boardOf, programBoard, readBoard } from "#/lib/run/board.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { releaseWorker } from "#/lib/run/release-worker.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { registerWorker } from "#/lib/store/workers.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** The board of a run, in the hands of tasks that a test holds itself. */
let world: World;
let workerId: string;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
  workerId = await newWorker();
});
afterAll(() => world.close());

async function newWorker(): Promise<string> {
  const id = `test-${randomUUID()}`;
  const agents = ["knowledge", "planner"] as const;
  await registerWorker(world.context.store.db, { id, host: "test", pid: 1, version: "test", agents: [...agents] });
  return id;
}

async function claim(runId: string, ref: string, by = workerId): Promise<ClaimedTask> {
  const task = (await listTasks(world.context.store.db, runId)).find((known) => known.ref === ref);
  const claims = openClaims(world.context, by, () => false);
  const held = await claims.claim({ taskId: task?.id ?? "", hash: task?.hash ?? "", timeoutMs: 60_000 });
  if (typeof held === "string") throw new Error(`not claimed: ${held}`);
  return held;
}

async function twoAuthors(): Promise<{ runId: string; one: Board; other: Board; task: ClaimedTask }> {
  const runId = await world.ask("/parallel\nknowledge: look\nplanner: plan");
  const [task, second] = [await claim(runId, "t1"), await claim(runId, "t2")];
  return { runId, one: boardOf(world.context, task), other: boardOf(world.context, second), task };
}

const fact = (text: string) => ({ kind: "fact", text }) as const;
const textsOf = async (board: Board) => (await board.read()).map(({ text }) => text);
const posted = async (runId: string) => (await world.events(runId)).filter(({ type }) => type === "note.posted");

describe("a board", () => {
  it("shows everybody what was posted, in order, with its author, its time and its source", async () => {
    const { runId, one, other } = await twoAuthors();
    const source = "https://example.org/page";
    const id = await one.post({ kind: "fact", text: "The vault is old.", source });
    await other.post({ kind: "question", text: "Who built it?" });
    await programBoard(world.context, runId).post({ kind: "partial", text: "Half of it." });
    const notes = await other.read();
    expect(notes).toEqual(await readBoard(world.context, runId));
    expect(notes.map(({ at: _, id: __, ...note }) => note)).toEqual([
      { kind: "fact", text: "The vault is old.", source, author: "t1", agent: "knowledge", retracted: false },
      { kind: "question", text: "Who built it?", author: "t2", agent: "planner", retracted: false },
      { kind: "partial", text: "Half of it.", author: "program", retracted: false },
    ]);
    expect(notes[0]?.id).toBe(id);
    expect(Date.parse(notes[0]?.at ?? "")).toBeGreaterThan(Date.now() - 60_000);
  });

  it("takes the same words of one author once, also when they are posted at the same moment", async () => {
    const { runId, one, other } = await twoAuthors();
    const ids = await Promise.all([one.post(fact("same")), one.post(fact("same")), one.post(fact("same"))]);
    expect(new Set(ids).size).toBe(1);
    expect(await other.post(fact("same"))).not.toBe(ids[0]);
    await one.post({ kind: "question", text: "same" });
    expect(await posted(runId)).toHaveLength(3);
  });

  it("takes what a repeated attempt posts again only once, and nothing of the attempt before it", async () => {
    const runId = await world.ask("/delegate knowledge look");
    const dying = await newWorker();
    const before = boardOf(world.context, await claim(runId, "t1", dying));
    const id = await before.post(fact("found"));
    await releaseWorker(world.context, dying);
    const task = await until(() => claim(runId, "t1"), { what: "the task to be given back" });
    const again = boardOf(world.context, task);
    expect(await again.post(fact("found"))).toBe(id);
    await expect(before.post(fact("late"))).rejects.toMatchObject({ code: "claim-lost" });
    await expect(before.retract(id)).rejects.toMatchObject({ code: "claim-lost" });
    expect(await textsOf(again)).toEqual(["found"]);
    expect(await posted(runId)).toHaveLength(1);
  });

  it("lets an author retract its own notes only", async () => {
    const { runId, one, other } = await twoAuthors();
    const id = await one.post(fact("wrong"));
    await expect(other.retract(id)).rejects.toMatchObject({ code: "not-your-note" });
    await expect(programBoard(world.context, runId).retract(id)).rejects.toMatchObject({ code: "not-your-note" });
    await expect(one.retract("nothing")).rejects.toMatchObject({ code: "not-your-note" });
    await one.retract(id);
    await one.retract(id);
    expect((await other.read()).map(({ retracted }) => retracted)).toEqual([true]);
    expect(await one.post(fact("wrong"))).toBe(id);
    const types = (await world.events(runId)).map(({ type }) => type).filter((type) => type.startsWith("note."));
    expect(types).toEqual(["note.posted", "note.retracted"]);
  });

  it("wakes who waits as soon as somebody else has posted or retracted, and nobody for his own notes", async () => {
    const { one, other } = await twoAuthors();
    const id = await one.post(fact("first"));
    expect(await other.changed(5_000)).toBe(true);
    await other.read();
    await other.post(fact("own"));
    expect(await other.changed(100)).toBe(false);
    const waiting = other.changed(10_000);
    await one.retract(id);
    expect(await waiting).toBe(true);
    expect(await other.changed(10_000), "it was not read yet").toBe(true);
  });

  it("stops waiting when the signal aborts, and when the run ends", async () => {
    const { runId, task } = await twoAuthors();
    const stop = new AbortController();
    const waiting = boardOf(world.context, task, stop.signal).changed(60_000);
    stop.abort();
    expect(await waiting).toBe(false);
    const run = await openOrchestrator(world.context).open({ title: "A board" });
    const ended = run.board.changed(60_000);
    await run.cancel();
    expect(await ended).toBe(false);
    await expect(run.board.post(fact("late"))).rejects.toMatchObject({ code: "run-ended" });
    expect(await boardOf(world.context, { ...task, runId }).changed(1)).toBe(false);
  });

  it("refuses an empty and a huge note, and the note beyond its limit", async () => {
    const run = await openOrchestrator(world.context).open({ title: "A full board" });
    const refusals = [
      ["", "The note cannot be posted. text: It is empty; write something."],
      ["x".repeat(4_001), "The note cannot be posted. text: It is longer than 4,000 characters; shorten it."],
    ] as const;
    for (const [text, message] of refusals) {
      await expect(run.board.post(fact(text))).rejects.toMatchObject({ code: "bad-note", message });
    }
    await changeRun(world.context, run.id, ({ events }) => {
      for (let at = 1; at < 500; at += 1) {
        events.push({ type: "note.posted", data: { ...fact(`note ${at}`), noteId: `n${at}` } });
      }
    });
    const last = await run.board.post(fact("the last one"));
    await expect(run.board.post(fact("one more"))).rejects.toMatchObject({ code: "budget" });
    expect(await run.board.post(fact("the last one"))).toBe(last);
    await run.cancel();
  });

  it("of a run that there is none of is unknown", async () => {
    await expect(readBoard(world.context, randomUUID())).rejects.toMatchObject({ code: "run-unknown" });
  });
});
