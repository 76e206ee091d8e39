import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { POST as postDrop } from "#/app/api/dead-letters/[id]/drop/route.ts";
import { POST as postRetry } from "#/app/api/dead-letters/[id]/retry/route.ts";
import { GET as getLetter } from "#/app/api/dead-letters/[id]/route.ts";
import { GET as getLetters } from "#/app/api/dead-letters/route.ts";
import { POST as postCancelRun } from "#/app/api/runs/[id]/cancel/route.ts";
import { POST as postPause } from "#/app/api/runs/[id]/pause/route.ts";
import { POST as postResume } from "#/app/api/runs/[id]/resume/route.ts";
import { GET as getRun } from "#/app/api/runs/[id]/route.ts";
import { GET as getStats } from "#/app/api/stats/route.ts";
import { POST as postCancelTask } from "#/app/api/tasks/[id]/cancel/route.ts";
import { DeputyError } from "#/lib/errors.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { failTask } from "#/lib/run/settle-task.ts";
import { addRefusals } from "#/lib/store/refusals.ts";
import { listTasks, type Task } from "#/lib/store/tasks.ts";
import { registerWorker } from "#/lib/store/workers.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** The routes of the task life against a real database and Redis, without a worker and without Next. */
let world: World;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
  (globalThis as { deputyContext?: Context }).deputyContext = world.context;
});
afterAll(() => world.close());

const base = "http://127.0.0.1:3000";
const at = (id: string) => ({ params: Promise.resolve({ id }) });
const get = (path = "") => new Request(`${base}${path}`);
const post = (headers: Record<string, string> = {}) =>
  new Request(base, { method: "POST", headers: { host: "127.0.0.1:3000", ...headers } });

function postJson(body: unknown): Request {
  const headers = { "content-type": "application/json", host: "127.0.0.1:3000" };
  return new Request(base, { method: "POST", headers, body: JSON.stringify(body) });
}

async function bodyOf<T>(answer: Promise<Response>, status = 200): Promise<T> {
  const response = await answer;
  const body = await response.json();
  expect([response.status, body]).toEqual([status, expect.anything()]);
  return body as T;
}

type Refusal = { code: string; message: string };

async function taskOf(runId: string, ref = "t1"): Promise<Task> {
  const task = (await listTasks(world.context.store.db, runId)).find((known) => known.ref === ref);
  if (task === undefined) throw new Error(`no task ${ref}`);
  return task;
}

/** A run whose only task is a dead letter. */
async function withLetter(): Promise<{ runId: string; taskId: string }> {
  const runId = await world.ask("/delegate knowledge one");
  const { id: taskId, hash } = await taskOf(runId);
  const workerId = `test-${randomUUID()}`;
  const { db } = world.context.store;
  await registerWorker(db, { id: workerId, host: "test", pid: 1, version: "test", agents: ["knowledge"] });
  const held = await openClaims(world.context, workerId, () => false).claim({ taskId, hash, timeoutMs: 60_000 });
  if (typeof held === "string") throw new Error(`not claimed: ${held}`);
  await failTask(world.context, held, new DeputyError("broken", "It broke."));
  return { runId, taskId };
}

describe("a pause", () => {
  it("is made and ended, each harmless when repeated, and shows in the state of the run", async () => {
    const runId = await world.ask("hello");
    const reason = "The budget is looked at.";
    for (let twice = 0; twice < 2; twice += 1) {
      expect(await bodyOf(postPause(postJson({ reason }), at(runId)))).toEqual({ status: "paused" });
    }
    expect(await bodyOf(getRun(get(), at(runId)))).toMatchObject({ status: "active", paused: true });
    expect(await bodyOf(postResume(post(), at(runId.toUpperCase())))).toEqual({ status: "active" });
    expect(await bodyOf(getRun(get(), at(runId)))).toMatchObject({ status: "active", paused: false });
    const told = (await world.events(runId)).filter(({ type }) => type === "run.paused" || type === "run.resumed");
    expect(told.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: "run.paused", data: { by: "user", reason } },
      { type: "run.resumed", data: { by: "user" } },
    ]);
  });

  it("needs no reason and no body", async () => {
    const runId = await world.ask("hello");
    expect(await bodyOf(postPause(post(), at(runId)))).toEqual({ status: "paused" });
    const typed = post({ "content-type": "application/json" });
    expect(await bodyOf(postPause(typed, at(runId)))).toEqual({ status: "paused" });
  });

  it("of a run that has ended, or that there is none of, is refused", async () => {
    const runId = await world.ask("hello");
    await postCancelRun(post(), at(runId));
    for (const change of [postPause, postResume]) {
      expect((await bodyOf<Refusal>(change(post(), at(runId)), 409)).code).toBe("run-ended");
      expect((await bodyOf<Refusal>(change(post(), at(randomUUID())), 404)).code).toBe("run-unknown");
      expect((await bodyOf<Refusal>(change(post(), at("x'y")), 404)).code).toBe("run-unknown");
    }
  });

  it("with a body that cannot be read changes nothing", async () => {
    const runId = await world.ask("hello");
    const refused = await bodyOf<Refusal>(postPause(postJson({ reason: "x".repeat(501) }), at(runId)), 400);
    expect(refused.code).toBe("bad-request");
    expect(await bodyOf(getRun(get(), at(runId)))).toMatchObject({ paused: false });
  });
});

describe("cancelling one task", () => {
  it("leaves the others, and is harmless when repeated", async () => {
    const runId = await world.ask("/parallel\nknowledge: one\nknowledge: two");
    const { id } = await taskOf(runId, "t2");
    for (let twice = 0; twice < 2; twice += 1) {
      expect(await bodyOf(postCancelTask(post(), at(id.toUpperCase())))).toEqual({ status: "cancelled" });
    }
    expect((await taskOf(runId, "t1")).status).toBe("pending");
    expect((await world.events(runId)).filter(({ type }) => type === "task.cancelled")).toHaveLength(1);
  });

  it("is no way to cancel a run by its root, or what does not exist", async () => {
    const runId = await world.ask("hello");
    const root = (await listTasks(world.context.store.db, runId))[0];
    for (const id of [root?.id ?? "", randomUUID(), "'; drop table tasks"]) {
      expect((await bodyOf<Refusal>(postCancelTask(post(), at(id)), 404)).code).toBe("task-unknown");
    }
  });
});

describe("dead letters", () => {
  type List = { deadLetters: { taskId: string }[] };
  const listed = async () => (await bodyOf<List>(getLetters(get("/x?limit=200")))).deadLetters.map((one) => one.taskId);

  it("are listed newest first, and read with payload and history", async () => {
    const first = await withLetter();
    const second = await withLetter();
    const { deadLetters } = await bodyOf<List>(getLetters(get("/x?limit=1")));
    expect(deadLetters).toEqual([
      expect.objectContaining({ ...second, reason: "final", attempts: 1, ref: "t1", agent: "knowledge" }),
    ]);
    const full = await bodyOf<{ history: { type: string }[] }>(getLetter(get(), at(first.taskId.toUpperCase())));
    expect(full).toMatchObject({
      payload: { task: "one" },
      error: { code: "broken" },
      message: "/delegate knowledge one",
    });
    expect(full.history.map(({ type }) => type)).toEqual([
      "task.created",
      "task.dispatched",
      "task.claimed",
      "task.failed",
    ]);
    expect((await bodyOf<{ tasks: object[] }>(getRun(get(), at(first.runId)))).tasks[0]).toMatchObject({
      dead: "final",
    });
  });

  it.each(["0", "201", "two", "1.5"])("are not listed for a limit of %s", async (limit) => {
    expect((await bodyOf<Refusal>(getLetters(get(`/x?limit=${limit}`)), 400)).code).toBe("bad-request");
  });

  it("are dropped once, and stay failed", async () => {
    const { runId, taskId } = await withLetter();
    expect(await bodyOf(postDrop(post(), at(taskId)))).toEqual({ status: "dropped" });
    expect((await bodyOf<Refusal>(postDrop(post(), at(taskId)), 404)).code).toBe("dead-letter-unknown");
    expect(await listed()).not.toContain(taskId);
    expect(await taskOf(runId)).toMatchObject({ status: "failed", dead: null });
    expect((await bodyOf<{ tasks: object[] }>(getRun(get(), at(runId)))).tasks[0]).toMatchObject({ dead: null });
  });

  it("are tried again in their run while it is under way, once", async () => {
    const { runId, taskId } = await withLetter();
    expect(await bodyOf(postRetry(post(), at(taskId)))).toEqual({ how: "reopened", runId });
    expect((await bodyOf<Refusal>(postRetry(post(), at(taskId)), 404)).code).toBe("dead-letter-unknown");
    expect(await listed()).not.toContain(taskId);
  });

  it("are tried again in a new run of the conversation when theirs has ended, or not at all while it is busy", async () => {
    const { runId, taskId } = await withLetter();
    await postCancelRun(post(), at(runId));
    const { conversationId } = await bodyOf<{ conversationId: string }>(getRun(get(), at(runId)));
    const other = await world.ask("something else", conversationId);
    expect((await bodyOf<Refusal>(postRetry(post(), at(taskId)), 409)).code).toBe("conversation-busy");
    expect(await listed()).toContain(taskId);
    await postCancelRun(post(), at(other));
    const retried = await bodyOf<{ how: string; runId: string }>(postRetry(post(), at(taskId)));
    expect(retried.how).toBe("started");
    expect(await bodyOf(getRun(get(), at(retried.runId)))).toMatchObject({ conversationId, tasks: [{ task: "one" }] });
  });

  it.each([
    ["read", getLetter],
    ["tried again", postRetry],
    ["dropped", postDrop],
  ])("that are none are not %s", async (_what, handle) => {
    for (const id of [randomUUID(), "'; drop table tasks"]) {
      expect((await bodyOf<Refusal>(handle(post(), at(id)), 404)).code).toBe("dead-letter-unknown");
    }
  });
});

describe("pages of other sites", () => {
  it.each([
    ["pause", postPause],
    ["resume", postResume],
    ["cancel a task", postCancelTask],
    ["retry a dead letter", postRetry],
    ["drop a dead letter", postDrop],
  ])("may not %s", async (_what, handle) => {
    const foreign: Record<string, string>[] = [{ origin: "https://evil.test" }, { "sec-fetch-site": "cross-site" }];
    for (const headers of foreign) {
      expect((await bodyOf<Refusal>(handle(post(headers), at(randomUUID())), 403)).code).toBe("foreign-origin");
    }
  });
});

describe("statistics", () => {
  it("count what was refused, by reason", async () => {
    await addRefusals(world.context.store.db, new Map([["altered", 2]]));
    await addRefusals(world.context.store.db, new Map([["altered", 1]]));
    expect(await bodyOf(getStats(get()))).toMatchObject({ refused: { altered: 3 } });
  });
});
