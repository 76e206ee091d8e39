import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { GET as getBoard } from "#/app/api/runs/[id]/board/route.ts";
import { POST as postCancelRun } from "#/app/api/runs/[id]/cancel/route.ts";
import { PATCH as patchPlan, POST as postPlan } from "#/app/api/runs/[id]/plan/route.ts";
import { GET as getRun } from "#/app/api/runs/[id]/route.ts";
import { POST as postRun } from "#/app/api/runs/route.ts";
import { GET as getSchema } from "#/app/api/schema/route.ts";
import { GET as getStats } from "#/app/api/stats/route.ts";
import { programBoard } from "#/lib/run/board.ts";
import type { Context } from "#/lib/run/context.ts";
import { registerAgents } from "#/lib/store/workers.ts";
import { reviewer } from "#/test/support/reviewer.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** The routes for programs against a real database and Redis, without a worker and without Next. */
let world: World;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_MAX_TASKS: "10" });
  await registerTestAgents(world.context);
  await registerAgents(world.context.store.db, [reviewer]);
  (globalThis as { deputyContext?: Context }).deputyContext = world.context;
});
afterAll(() => world.close());

const base = "http://127.0.0.1:3000";
const at = (id: string) => ({ params: Promise.resolve({ id }) });

function send(body: unknown, headers: Record<string, string> = {}): Request {
  const all = { "content-type": "application/json", host: "127.0.0.1:3000", ...headers };
  return new Request(base, {
    method: "POST",
    headers: all,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function bodyOf<T>(answer: Promise<Response>, status = 200): Promise<T> {
  const response = await answer;
  const body = await response.json();
  expect([response.status, body]).toEqual([status, expect.anything()]);
  return body as T;
}

type Refusal = { code: string; message: string; faults?: { path: string; message: string }[] };
type Started = { runId: string; tasks: { ref: string; id: string }[] };
type Task = { id: string; ref: string; status: string; task: string; agent: string };
type State = { status: string; tasks: Task[] };

const stateOf = (runId: string) => bodyOf<State>(getRun(new Request(base), at(runId)));
const diamond = {
  title: "A diamond",
  tasks: [
    { ref: "end", agent: "planner", task: "put together", dependsOn: ["left", "right"] },
    { ref: "left", agent: "knowledge", task: "look left", dependsOn: ["start"] },
    { ref: "right", agent: "knowledge", task: "look right", dependsOn: ["start"], priority: "high" },
    { ref: "start", agent: "knowledge", task: "begin" },
  ],
};

describe("a graph as JSON", () => {
  it("starts a run with all of its tasks, in the order in which they were given", async () => {
    const response = await postRun(send(diamond));
    const { runId, tasks } = await bodyOf<Started>(Promise.resolve(response), 201);
    expect(response.headers.get("location")).toBe(`/api/runs/${runId}`);
    expect(tasks.map(({ ref }) => ref)).toEqual(["end", "left", "right", "start"]);
    const state = await stateOf(runId);
    expect(new Set(state.tasks.map(({ id }) => id))).toEqual(new Set(tasks.map(({ id }) => id)));
    const types = (await world.events(runId)).map(({ type }) => type);
    expect(types.filter((type) => type === "task.dispatched")).toHaveLength(1);
  });

  it("ends when its tasks are done, unless it says that more will come", async () => {
    const graph = { title: "Nobody", tasks: [{ agent: "code", task: "x" }] };
    const ended = await bodyOf<Started>(postRun(send(graph)), 201);
    expect((await stateOf(ended.runId)).status).toBe("completed");
    const open = await bodyOf<Started>(postRun(send({ ...graph, close: false })), 201);
    expect((await stateOf(open.runId)).status).toBe("active");
    expect(open.tasks.map(({ ref }) => ref)).toEqual(["p1"]);
  });

  it("is taken once for one key, and again for another", async () => {
    const [first, again, other] = await Promise.all(
      ["a", "a", "b"].map((key) => bodyOf<Started>(postRun(send(diamond, { "idempotency-key": key })), 201)),
    );
    expect(again?.runId).toBe(first?.runId);
    expect(new Set(again?.tasks.map(({ id }) => id))).toEqual(new Set(first?.tasks.map(({ id }) => id)));
    expect(other?.runId).not.toBe(first?.runId);
    await bodyOf(postRun(send(diamond, { "idempotency-key": "x y" })), 400);
  });

  it("tells all of its faults at once, each with its place, and starts nothing", async () => {
    const graph = {
      titel: "A typing error",
      tasks: [
        { ref: "a", agent: "nobody", task: "x" },
        { ref: "b", agent: "knowledge", task: "x", dependsOn: ["c"], colour: "red" },
        { ref: "c", agent: "knowledge", task: "x", dependsOn: ["b", "d"] },
      ],
    };
    const before = await runs();
    const { code, faults = [] } = await bodyOf<Refusal>(postRun(send(graph)), 400);
    expect(code).toBe("bad-graph");
    expect(faults.map(({ path }) => path).toSorted()).toEqual(
      ["titel", "title", "tasks[0].agent", "tasks[1].colour", "tasks[1].dependsOn", "tasks[2].dependsOn"].toSorted(),
    );
    expect(faults.map(({ message }) => message).join(" ")).toContain("b -> c -> b");
    expect(await runs()).toBe(before);
  });

  it.each<[string, unknown, number, string]>([
    ["is none", "{", 400, "bad-request"],
    ["is no object", [], 400, "bad-graph"],
    ["has no tasks", { title: "x", tasks: [] }, 400, "bad-graph"],
    ["has too many", { title: "x", tasks: Array(11).fill({ agent: "knowledge", task: "x" }) }, 409, "budget"],
  ])("is refused when it %s", async (_what, body, status, code) => {
    expect((await bodyOf<Refusal>(postRun(send(body)), status)).code).toBe(code);
  });

  it("is refused as a whole for INPUT that an agent does not take, with each task and field", async () => {
    const review = { agent: "review", task: "look" };
    const graph = {
      title: "A review",
      conversationId: "not-begun",
      tasks: [
        { agent: "knowledge", task: "look around", input: { anything: "goes" } },
        { ...review, ref: "deep", input: { files: "a.ts", depth: 1.5, colour: "red" } },
        { ...review, agent: "can:review", ref: "bare", dependsOn: ["deep"] },
        { ...review, mode: "market", input: { files: ["a.ts"], market: { rounds: 1 } } },
      ],
    };
    const before = await runs();
    const { code, message, faults = [] } = await bodyOf<Refusal>(postRun(send(graph)), 400);
    expect(code).toBe("bad-graph");
    expect(faults.map(({ path }) => path).toSorted()).toEqual(
      ["tasks[1].input.files", "tasks[1].input.depth", "tasks[1].input.colour", "tasks[2].input.files"].toSorted(),
    );
    expect(message).toContain("It has to be a list, and is a text. This is for the review agent, task deep;");
    expect(message).toContain("It is missing; it has to be a list. This is for the review agent, task bare;");
    expect(await runs()).toBe(before);
    expect(await world.context.store.sql`select 1 from conversations where id = 'not-begun'`).toHaveLength(0);
    const [, deep] = graph.tasks;
    await bodyOf(postRun(send({ ...graph, tasks: [{ ...deep, input: { files: ["a.ts"] } }] })), 201);
  });

  it("is told of INPUT once it is refused, not when its key was taken before", async () => {
    const graph = { title: "Once", tasks: [{ agent: "review", task: "look", input: { files: ["a.ts"] } }] };
    const headers = { "idempotency-key": "input-once" };
    const first = await bodyOf<Started>(postRun(send(graph, headers)), 201);
    const changed = { ...graph, tasks: [{ ...graph.tasks[0], input: {} }] };
    expect((await bodyOf<Started>(postRun(send(changed, headers)), 201)).runId).toBe(first.runId);
  });

  it("is not taken from pages of other sites, nor where delegation is switched off", async () => {
    const foreign = await bodyOf<Refusal>(postRun(send(diamond, { origin: "https://evil.test" })), 403);
    expect(foreign.code).toBe("foreign-origin");
    const holder = globalThis as { deputyContext?: Context };
    holder.deputyContext = { ...world.context, env: { ...world.context.env, orchestration: false } };
    const off = await bodyOf<Refusal>(postRun(send(diamond)), 409);
    holder.deputyContext = world.context;
    expect(off.code).toBe("orchestration-off");
  });

  const runs = async () =>
    Object.values((await bodyOf<{ runs: Record<string, number> }>(getStats(new Request(base)))).runs).reduce(
      (sum, count) => sum + count,
      0,
    );
});

describe("the plan of a run", () => {
  it.each([
    ["PATCH", patchPlan],
    ["POST", postPlan],
  ])("is changed by %s: dropped, changed, added to", async (_method, handle) => {
    const { runId } = await bodyOf<Started>(postRun(send(diamond)), 201);
    const order = {
      reason: "Left is enough.",
      drop: ["right"],
      change: [{ ref: "end", task: "put left together", dependsOn: ["left"] }],
      add: [{ agent: "browser", task: "look outside", dependsOn: ["end"] }],
    };
    type Answer = { dropped: string[]; changed: string[]; added: { ref: string; id: string }[] };
    const answer = await bodyOf<Answer>(handle(send(order), at(runId)));
    expect(answer).toMatchObject({ dropped: ["right"], changed: ["end"], added: [{ ref: "u1" }] });
    const { tasks } = await stateOf(runId);
    expect(tasks.find(({ ref }) => ref === "end")).toMatchObject({ status: "pending", task: "put left together" });
    expect(tasks.find(({ ref }) => ref === "right")?.status).toBe("cancelled");
    expect(tasks.find(({ id }) => id === answer.added[0]?.id)).toMatchObject({ agent: "browser", ref: "u1" });
  });

  it("is left as it is by what cannot be done, with the reason", async () => {
    const { runId } = await bodyOf<Started>(postRun(send(diamond)), 201);
    const cases: [unknown, number, string][] = [
      [{ drop: ["start"] }, 409, "task-started"],
      [{ drop: ["nobody"] }, 404, "task-unknown"],
      [{ change: [{ ref: "left", dependsOn: ["end"] }] }, 400, "bad-graph"],
      [{ change: [{ ref: "left", task: " " }] }, 400, "bad-graph"],
      [{ add: [{ ref: "left", agent: "knowledge", task: "x" }] }, 400, "bad-graph"],
      [{}, 400, "bad-request"],
      [{ drop: "left" }, 400, "bad-graph"],
    ];
    const before = await world.events(runId);
    for (const [body, status, code] of cases) {
      expect((await bodyOf<Refusal>(patchPlan(send(body), at(runId)), status)).code).toBe(code);
    }
    expect(await world.events(runId)).toEqual(before);
    await postCancelRun(send({}), at(runId));
    expect((await bodyOf<Refusal>(patchPlan(send({ drop: ["left"] }), at(runId)), 409)).code).toBe("run-ended");
    expect((await bodyOf<Refusal>(patchPlan(send({ drop: ["x"] }), at(randomUUID())), 404)).code).toBe("run-unknown");
  });
});

describe("the board of a run", () => {
  it("is read with its notes", async () => {
    const runId = await world.ask("hello");
    expect(await bodyOf(getBoard(new Request(base), at(runId)))).toEqual({ notes: [] });
    await programBoard(world.context, runId).post({ kind: "fact", text: "It is so." });
    expect(await bodyOf(getBoard(new Request(base), at(runId)))).toMatchObject({
      notes: [{ kind: "fact", text: "It is so.", author: "program", retracted: false }],
    });
    expect((await bodyOf<Refusal>(getBoard(new Request(base), at(randomUUID())), 404)).code).toBe("run-unknown");
  });
});

describe("the schema", () => {
  it("takes what the routes take, and what the log holds", async () => {
    type Schemas = Record<"graph" | "plan" | "event" | "result", Record<string, unknown> & { $id: string }>;
    const schemas = await bodyOf<Schemas>(getSchema(new Request(`${base}/api/schema`)));
    expect(Object.entries(schemas).map(([name, { $id }]) => $id === `${base}/api/schema/${name}`)).toEqual(
      Array(4).fill(true),
    );
    // Validators of other languages refuse an identifier with a fragment, and classes that their patterns do not know.
    expect(JSON.stringify(schemas)).not.toMatch(/"\$id":"[^"]*#|\\p\{/);
    const { graph, event } = schemas;
    const reads = (schema: Record<string, unknown>, value: unknown) =>
      z.fromJSONSchema(schema).safeParse(value).success;
    expect(reads(graph, diamond)).toBe(true);
    expect(reads(graph, { ...diamond, tasks: [{ agent: "nobody", task: "x" }] })).toBe(false);
    const { runId } = await bodyOf<Started>(postRun(send(diamond)), 201);
    for (const one of await world.events(runId)) expect([one.type, reads(event, one)]).toEqual([one.type, true]);
  });
});

describe("statistics", () => {
  it("tell what was delegated, in all and by agent", async () => {
    type Stats = {
      orchestration: { tasks: { total: number }; agents: object; byAgent: Record<string, { total: number }> };
    };
    const before = (await bodyOf<Stats>(getStats(new Request(base)))).orchestration;
    await bodyOf(postRun(send(diamond)), 201);
    const { tasks, agents, byAgent } = (await bodyOf<Stats>(getStats(new Request(base)))).orchestration;
    expect(tasks.total).toBe(before.tasks.total + 4);
    expect(byAgent.planner?.total).toBe((before.byAgent.planner?.total ?? 0) + 1);
    expect(agents).toMatchObject({ registered: 4, types: ["browser", "knowledge", "planner", "review"] });
  });
});
