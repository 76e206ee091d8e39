import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeServer, json, runId } from "#/test/cli/fake-server.ts";
import { delegatedRun } from "#/test/cli/runs-of-deputy.ts";
import { typed } from "#/test/cli/typed.ts";

let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => server.stop());

const deputy = (...words: string[]) => typed([...words, "--url", server.url]);

const run = {
  id: runId,
  conversationId: "c1",
  status: "completed",
  phase: "LEARNING",
  text: "what is\na lease?",
  createdAt: "2026-11-21T08:45:01.000Z",
  endedAt: null,
};

describe("deputy runs", () => {
  beforeEach(() => server.on("GET", /^\/api\/runs(\?|$)/, (_, reply) => json(reply, 200, { runs: [run] })));

  test("prints one line a run", async () => {
    const { stdout, status } = await deputy("runs");
    expect(stdout.split("\n")[1]).toBe(`${runId}  completed  LEARNING  2026-11-21 08:45:01  what is a lease?`);
    expect(status).toBe(0);
  });

  test("asks for as many as --limit says", async () => {
    await deputy("runs", "--limit", "7");
    expect(server.requests[0]?.path).toBe("/api/runs?limit=7");
  });

  test("prints the server's answer as one object with --json", async () => {
    expect(JSON.parse((await deputy("runs", "--json")).stdout)).toEqual({ runs: [run] });
  });
});

describe("deputy show", () => {
  const state = {
    ...run,
    messageId: "m1",
    lastSeq: delegatedRun.length,
    error: null,
    answer: "A lease",
    tasks: [
      {
        id: "task-1",
        ref: "t1",
        agent: "knowledge",
        task: "Find what a lease is",
        status: "completed",
        attempt: 1,
        error: null,
      },
    ],
  };
  beforeEach(() => {
    server.on("GET", /^\/api\/runs\/[^/]+$/, (_, reply) => json(reply, 200, state));
    server.on("GET", /^\/api\/runs\/[^/]+\/events\?after=\d+$/, ({ path }, reply) => {
      const after = Number(path.split("=")[1]);
      const events = delegatedRun.slice(after, after + 5);
      json(reply, 200, { events, lastSeq: delegatedRun.length, ended: true });
    });
  });

  test("prints the state and every event in order, over all pages of the log", async () => {
    const { stdout, status } = await deputy("show", runId);
    expect(status).toBe(0);
    expect(stdout).toContain(
      `run ${runId}: completed in LEARNING\nconversation c1\ntasks:\n  t1  knowledge  completed`,
    );
    const transcript = stdout.split("\n\n")[1]?.trimEnd().split("\n") ?? [];
    expect(transcript.map((line) => line.trim().split(/\s+/).slice(0, 3).join(" "))).toEqual(
      delegatedRun.map((event, at) => `${at + 1} ${(at * 0.5).toFixed(3)} ${event.type}`),
    );
  });

  test("prints state and events as one object with --json", async () => {
    expect(JSON.parse((await deputy("show", runId, "--json")).stdout)).toEqual({ run: state, events: delegatedRun });
  });

  test("ends with status 1 and the server's words for an unknown run", async () => {
    server.on("GET", /^\/api\/runs\/[^/]+$/, (_, reply) =>
      json(reply, 404, { code: "unknown-run", message: "There is no such run." }),
    );
    expect(await deputy("show", "nope")).toEqual({ status: 1, stdout: "", stderr: "deputy: There is no such run.\n" });
  });
});

describe("deputy cancel", () => {
  test("cancels the run and prints the state it is in", async () => {
    server.on("POST", /^\/api\/runs\/[^/]+\/cancel$/, (_, reply) => json(reply, 200, { status: "cancelled" }));
    expect(await deputy("cancel", runId)).toEqual({ status: 0, stdout: "cancelled\n", stderr: "" });
    expect(server.requests[0]?.path).toBe(`/api/runs/${runId}/cancel`);
  });

  test("keeps what is no id within one segment of the path", async () => {
    await deputy("cancel", "../stats");
    expect(server.requests[0]?.path).toBe("/api/runs/..%2Fstats/cancel");
  });
});

describe("deputy agents", () => {
  const card = {
    type: "planner",
    name: "Planner",
    description: "Plans",
    registered: true,
    workers: 2,
    timeoutSeconds: 300,
    capabilities: ["plan", "acceptance"].map((name) => ({ name, description: "x" })),
    priority: 50,
  };
  const code = { ...card, capabilities: [], type: "code", registered: false, workers: 0, timeoutSeconds: null };

  test("prints who is registered, how many workers run each, and what can:<capability> may name", async () => {
    server.on("GET", /^\/api\/agents$/, (_, reply) => json(reply, 200, { agents: [card, code] }));
    const lines = (await deputy("agents")).stdout.split("\n").map((line) => line.split(/\s{2,}/));
    expect(lines[1]).toEqual(["planner", "running", "2", "300 s", "plan acceptance", "Plans"]);
    expect(lines[2]).toEqual(["code", "not registered", "0", "-", "-", "Plans"]);
  });

  test("ends with status 1 when what answers is no Deputy server", async () => {
    server.on("GET", /^\/api\/agents$/, (_, reply) => json(reply, 200, { hello: "world" }));
    const { status, stderr } = await deputy("agents");
    expect(status).toBe(1);
    expect(stderr).toContain("does not answer as a Deputy server does");
  });
});
