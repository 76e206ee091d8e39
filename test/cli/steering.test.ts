import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeServer, json, runId } from "#/test/cli/fake-server.ts";
import { typed } from "#/test/cli/typed.ts";

let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => server.stop());

const deputy = (...words: string[]) => typed([...words, "--url", server.url]);
const asked = () => server.requests.map(({ method, path, body }) => [method, path, body]);

describe("deputy pause and resume", () => {
  test("pause a run for a reason and print the state it is in", async () => {
    server.on("POST", /\/pause$/, (_, reply) => json(reply, 200, { status: "paused" }));
    const said = await deputy("pause", runId, "--reason", "lunch");
    expect(said).toEqual({ status: 0, stdout: "paused\n", stderr: "" });
    expect(asked()).toEqual([["POST", `/api/runs/${runId}/pause`, '{"reason":"lunch"}']]);
  });

  test("let it go on", async () => {
    server.on("POST", /\/resume$/, (_, reply) => json(reply, 200, { status: "active" }));
    expect(await deputy("resume", runId)).toEqual({ status: 0, stdout: "active\n", stderr: "" });
  });

  test("end with status 1 and the server's words when the run has ended", async () => {
    server.on("POST", /\/pause$/, (_, reply) => json(reply, 409, { code: "run-ended", message: "It has ended." }));
    expect(await deputy("pause", runId)).toEqual({ status: 1, stdout: "", stderr: "deputy: It has ended.\n" });
  });
});

describe("deputy cancel --task", () => {
  const task = { id: "22222222-3333-4444-8555-666666666666", ref: "t1", agent: "browser", task: "", status: "pending" };
  beforeEach(() => {
    server.on("GET", /^\/api\/runs\/[^/]+$/, (_, reply) => json(reply, 200, { id: runId, tasks: [task] }));
    server.on("POST", /\/cancel$/, (_, reply) => json(reply, 200, { status: "cancelled" }));
  });

  test.each(["t1", task.id, task.id.toUpperCase()])(
    "cancels that task alone, by reference or id: %s",
    async (named) => {
      expect(await deputy("cancel", runId, "--task", named)).toEqual({ status: 0, stdout: "cancelled\n", stderr: "" });
      expect(asked().at(-1)?.slice(0, 2)).toEqual(["POST", `/api/tasks/${task.id}/cancel`]);
    },
  );

  test("cancels nothing when the run has no such task, and names those that it has", async () => {
    const { status, stdout, stderr } = await deputy("cancel", runId, "--task", "t9");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("has no task t9. It has t1.");
    expect(asked()).toHaveLength(1);
  });
});
