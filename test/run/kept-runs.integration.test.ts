import { afterAll, beforeAll, expect, it } from "vitest";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import { claimedByHand } from "#/lib/run/claim-by-hand.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { type Context, closeContext, openContext } from "#/lib/run/context.ts";
import { FollowedLog } from "#/lib/run/followed-log.ts";
import { OwnEvents } from "#/lib/run/own-events.ts";
import { pauseRun, resumeRun } from "#/lib/run/pause-run.ts";
import { addProgramTasks, openProgramRun, type ProgramRun } from "#/lib/run/program-run.ts";
import { replanRun } from "#/lib/run/replan-run.ts";
import { completeTask } from "#/lib/run/settle-task.ts";
import { commitRuns } from "#/lib/store/commit-runs.ts";
import { HOT_LOCK_MS } from "#/lib/store/db.ts";
import { findRun } from "#/lib/store/runs.ts";
import { findTask } from "#/lib/store/tasks.ts";
import { seeded } from "#/test/faults/random.ts";
import { found } from "#/test/support/scripted-worker.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** A process that changed a run last goes on from what it left, without reading it, until the record says otherwise. */
let world: World;
/** Another process with the same record. */
let other: Context;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
  other = openContext(world.context.env);
});
afterAll(async () => {
  await closeContext(other);
  await world.close();
});

const words = { agent: "knowledge", mode: "parallel", priority: "normal", strict: true } as const;

async function openRun(...refs: string[]): Promise<ProgramRun & { ids: string[] }> {
  const tasks = refs.map((ref) => ({ ...words, ref, task: `Task ${ref}`, dependsOn: [] }));
  const run = await openProgramRun(world.context, { title: "a run" });
  const ids = await addProgramTasks(world.context, run, tasks);
  return { ...run, ids: refs.map((ref) => ids.get(ref) ?? "") };
}

function say(context: Context, runId: string, text: string) {
  return changeRun(context, runId, (change) => {
    change.events.push({ type: "text.appended", data: { turn: 1, text, note: false } });
  });
}

/** Kept is what was found as it was left: after the second change on end. */
async function keep({ runId }: ProgramRun): Promise<void> {
  for (const text of ["one", "two", "three"]) await say(world.context, runId, text);
}

async function claim(context: Context, taskId: string, workerId: string): Promise<ClaimedTask> {
  await context.store
    .sql`insert into workers (id, host, pid, version, agents) values (${workerId}, 'here', 1, 'test', '{knowledge}') on conflict do nothing`;
  const row = await findTask(context.store.db, taskId);
  const wanted = { taskId, hash: row?.hash ?? "", timeoutMs: 60_000 };
  const taken = await openClaims(context, workerId, () => false).claim(wanted);
  if (typeof taken === "string") throw new Error(`not claimed: ${taken}`);
  return taken;
}

const textsOf = async (runId: string) =>
  (await world.events(runId)).flatMap((event) => (event.type === "text.appended" ? event.data.text : []));

const isGapless = async (runId: string) => (await world.events(runId)).every(({ seq }, at) => seq === at + 1);

it("does not read the run again while nobody else changes it", async () => {
  const run = await openRun("a");
  await keep(run);
  // Behind the back of all: whoever reads the row finds the other name.
  await world.context.store.sql`update tasks set ref = 'unread' where id = ${run.ids[0] ?? ""}`;
  const seen = await changeRun(world.context, run.runId, (change) => {
    change.events.push({ type: "text.appended", data: { turn: 1, text: "four", note: false } });
    return change.task(run.ids[0] ?? "")?.ref;
  });
  expect(seen?.value).toBe("a");
  expect(await textsOf(run.runId)).toEqual(["one", "two", "three", "four"]);
});

it("reads it when another process has changed it, and loses neither change", async () => {
  const run = await openRun("a", "b");
  await keep(run);
  const theirs = await claim(other, run.ids[0] ?? "", "theirs");
  expect(await completeTask(other, theirs, found)).toBe("settled");
  const seen = await changeRun(world.context, run.runId, (change) => {
    change.events.push({ type: "text.appended", data: { turn: 1, text: "four", note: false } });
    return change.openTasks().map(({ ref }) => ref);
  });
  expect(seen?.value).toEqual(["@main", "b"]);
  expect(await isGapless(run.runId)).toBe(true);
});

it("reads it when another process has changed a task and said nothing of it", async () => {
  const run = await openRun("a");
  const [id = ""] = run.ids;
  await keep(run);
  await changeRun(other, run.runId, (change) => change.setTask(id, { attempt: 2 }));
  const seen = await changeRun(world.context, run.runId, (change) => {
    change.events.push({ type: "text.appended", data: { turn: 1, text: "four", note: false } });
    return change.task(id)?.attempt;
  });
  expect(seen?.value).toBe(2);
  expect(await isGapless(run.runId)).toBe(true);
});

it("keeps every change of three processes that change runs at once, in order and without a gap", async () => {
  const random = seeded(20261121);
  const third = openContext(world.context.env);
  const runs = await Promise.all(Array.from({ length: 4 }, () => openRun("a")));
  const writers = [world.context, other, third];
  const asked = new Map(runs.map(({ runId }) => [runId, [] as string[]]));
  const changes: Promise<unknown>[] = [];
  for (let at = 0; at < 600; at += 1) {
    const { runId = "" } = runs[random.between(0, runs.length - 1)] ?? {};
    // Mostly one of them for a while, as it is when one worker has the run.
    const writer = writers[random.between(0, 9) === 0 ? random.between(0, 2) : Math.floor(at / 60) % 3] ?? other;
    asked.get(runId)?.push(`${at}`);
    changes.push(say(writer, runId, `${at}`));
    if (random.between(0, 3) === 0) await Promise.all(changes);
  }
  await Promise.all(changes);
  for (const { runId } of runs) {
    expect((await textsOf(runId)).toSorted()).toEqual(asked.get(runId)?.toSorted());
    expect(await isGapless(runId)).toBe(true);
  }
  await closeContext(third);
});

it("knows of claims that were made without a change, and of those that it was not told of", async () => {
  const run = await openRun("a", "b");
  await keep(run);
  const ours = await claim(world.context, run.ids[0] ?? "", "ours");
  // By another process in this one's name: nothing tells the writer.
  const untold = await claim(other, run.ids[1] ?? "", "ours");
  expect(await completeTask(world.context, ours, found)).toBe("settled");
  expect(await completeTask(world.context, untold, found)).toBe("settled");
  expect(await isGapless(run.runId)).toBe(true);
});

it("does not settle a task whose claim a crash of the database has undone and another has made anew", async () => {
  const run = await openRun("a");
  await keep(run);
  const ours = await claim(world.context, run.ids[0] ?? "", "ours");
  await world.context.store.sql`update tasks set worker_id = 'theirs' where id = ${ours.id}`;
  expect(await completeTask(world.context, ours, found)).toBe("lost");
  expect((await findTask(other.store.db, ours.id))?.status).toBe("in_progress");
  expect(await isGapless(run.runId)).toBe(true);
});

it("sees by the log what a worker of an older version has changed, which raises no version", async () => {
  const run = await openRun("a");
  await keep(run);
  await world.context.store.sql`
    with r as (update runs set last_seq = last_seq + 1 where id = ${run.runId} returning id, last_seq)
    insert into events (run_id, seq, v, type, data) select id, last_seq, 1, 'text.appended', '{"turn":1,"text":"old","note":false}' from r`;
  await say(world.context, run.runId, "four");
  expect(await textsOf(run.runId)).toEqual(["one", "two", "three", "old", "four"]);
  expect(await isGapless(run.runId)).toBe(true);
});

it("tells of a claim that it did not know of before it cancels the task, and of none that was undone", async () => {
  const run = await openRun("a", "b");
  const [claimed = "", undone = ""] = run.ids;
  await keep(run);
  await claim(other, claimed, "theirs");
  await claim(world.context, undone, "ours");
  await world.context.store
    .sql`update tasks set status = 'pending', claim = 0, attempt = 0, worker_id = null where id = ${undone}`;
  const by = { by: "user", reason: "not needed" } as const;
  expect(await cancelTask(world.context, claimed, by)).toBe("cancelled");
  await keep(run);
  expect(await cancelTask(world.context, undone, by)).toBe("cancelled");
  const told = (await world.events(run.runId)).filter(({ type }) => type === "task.claimed");
  expect(told.map(({ taskId }) => taskId)).toEqual([claimed]);
  expect((await findTask(other.store.db, claimed))?.workerId).toBe("theirs");
});

it("does not say that nothing was written when only what it asks of the log behind a change cannot be read", async () => {
  const run = await openRun("a");
  const { store } = world.context;
  const known = await changeRun(world.context, run.runId, (change) => {
    change.events.push({ type: "text.appended", data: { turn: 1, text: "one", note: false } });
    return { run: change.run, tasks: change.tasks() };
  });
  if (known === null) throw new Error("the run has ended");
  const before = { ...known.value.run, lastSeq: known.seq, version: known.value.run.version + 1 };
  const guess = { runs: new Map([[run.runId, { ...known.value, run: before }]]) };
  const decision = {
    changes: {
      runs: [{ run: { ...before, error: { code: "written", message: "" } } }],
      created: [],
      changed: [],
      events: [],
    },
    more: [],
    asked: ["this is no id"],
  };
  const wanted = { runIds: [run.runId], taskIds: [], agents: false };
  const told = await commitRuns(store, wanted, guess, HOT_LOCK_MS, () => decision).catch((error) => error);
  expect(told).toMatchObject({ code: "database-away", message: expect.stringContaining("uuid") });
  expect((await findRun(store.db, run.runId))?.error?.code).toBe("written");
});

it("still keeps a run when a change of it came to nothing, and that was true", async () => {
  const run = await openRun("a");
  const [id = ""] = run.ids;
  await keep(run);
  await changeRun(world.context, run.runId, () => {});
  await world.context.store.sql`update tasks set ref = 'unread' where id = ${id}`;
  const seen = await changeRun(world.context, run.runId, (change) => {
    change.events.push({ type: "text.appended", data: { turn: 1, text: "four", note: false } });
    return change.task(id)?.ref;
  });
  expect(seen?.value).toBe("a");
});

it.each(["paused", "active"])(
  "counts each pause once when a run that is %s is paused and resumed at once",
  async (how) => {
    const run = await openRun("a");
    const { sql } = world.context.store;
    const by = { by: "user" } as const;
    const secondsLeft = async () => {
      const rows = await sql<{ seconds: number }[]>`
      select extract(epoch from deadline_at - coalesce(paused_at, now()))::float8 as seconds from runs where id = ${run.runId}`;
      return rows[0]?.seconds ?? 0;
    };
    if (how === "paused") {
      await pauseRun(world.context, run.runId, by);
      await sql`update runs set paused_at = paused_at - interval '1 hour', deadline_at = deadline_at - interval '1 hour'`;
    }
    const before = await secondsLeft();
    const [first, second] = how === "paused" ? [resumeRun, pauseRun] : [pauseRun, resumeRun];
    await Promise.all([first(world.context, run.runId, by), second(world.context, run.runId, by)]);
    if (how === "paused") await resumeRun(world.context, run.runId, by);
    expect(await secondsLeft()).toBeGreaterThan(before - 10);
    expect(await secondsLeft()).toBeLessThan(before + 10);
  },
);

it("writes the new words of a task that it takes in the change that gives it these words", async () => {
  const run = await openRun("a");
  const later = { ...words, ref: "b", task: "Task b", dependsOn: ["a"] };
  const refs = new Map([["a", run.ids[0] ?? ""]]);
  const id = (await addProgramTasks(world.context, run, [later], refs)).get("b") ?? "";
  const taken: ClaimedTask[] = [];
  world.context.writer.giveTo({
    workerId: "ours",
    reserve: () => 60_000,
    release: () => {},
    begin: (handed) => void taken.push(claimedByHand(handed)),
  });
  const change = [{ ref: "b", agent: "planner" as const, task: "Another task", dependsOn: [] }];
  await replanRun(world.context, run.runId, { by: "user", drop: [], change, add: [] });
  world.context.writer.giveTo(undefined);
  expect(taken.map(({ spec }) => spec.task)).toEqual(["Another task"]);
  const row = await findTask(world.context.store.db, id);
  expect(row).toMatchObject({
    agent: "planner",
    dependsOn: [],
    createdSeq: taken[0]?.createdSeq,
    hash: taken[0]?.hash,
  });
});

it("undoes a change that fails, for itself alone, and goes on from the record", async () => {
  const run = await openRun("a");
  await keep(run);
  const failing = changeRun(world.context, run.runId, (change) => {
    change.more.push((sql) => sql.unsafe("select 1 / 0"));
    change.events.push({ type: "text.appended", data: { turn: 1, text: "never", note: false } });
  });
  const beside = say(world.context, run.runId, "four");
  await expect(failing).rejects.toThrow("division by zero");
  await beside;
  await say(world.context, run.runId, "five");
  expect(await textsOf(run.runId)).toEqual(["one", "two", "three", "four", "five"]);
  expect(await isGapless(run.runId)).toBe(true);
});

it("takes the own events of a change in once, however often the change is made anew", async () => {
  const run = await openRun("a");
  const log = new FollowedLog(world.context, run.runId);
  await log.read();
  const own = new OwnEvents();
  const told: boolean[] = [];
  const begin = { type: "turn.started", data: { turn: 1, phase: "PLANNING" } } as const;
  const note = own.expect();
  await keep(run);
  await log.read();
  await say(other, run.runId, "between");
  // Made from what is kept, found out of date, and made anew: by then another event stands before it.
  await changeRun(world.context, run.runId, (change) => {
    change.events.push({ ...begin, data: { ...begin.data } });
    note(change);
    told.push(log.takeOwn(change, own.all));
  });
  expect(told).toEqual([true, false]);
  await log.read();
  expect(log.folded.turns).toHaveLength(1);
  expect(own.all).toHaveLength(1);
});

it("reads the log anew when a change that is made anew writes something else in the same place", async () => {
  const run = await openRun("a");
  const [id = ""] = run.ids;
  const log = new FollowedLog(world.context, run.runId);
  await keep(run);
  await log.read();
  await changeRun(other, run.runId, (change) => change.setTask(id, { attempt: 2 }));
  const own = new OwnEvents();
  const note = own.expect();
  const told: boolean[] = [];
  await changeRun(world.context, run.runId, (change) => {
    const phase = change.task(id)?.attempt === 2 ? "EXECUTING" : "PLANNING";
    change.events.push({ type: "turn.started", data: { turn: 1, phase } });
    note(change);
    told.push(log.takeOwn(change, own.all));
  });
  expect(told).toEqual([true, false]);
  expect((await log.read()).turns.map(({ startedIn }) => startedIn)).toEqual(["EXECUTING"]);
});
