import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeServer, json, runId } from "#/test/cli/fake-server.ts";
import { typed } from "#/test/cli/typed.ts";

let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => server.stop());

const deputy = (...words: string[]) => typed([...words, "--url", server.url]);
const asked = () => server.requests.map(({ method, path, body }) => [method, path, body && JSON.parse(body)]);

describe("deputy replan", () => {
  const done = { dropped: ["t2", "t3"], changed: ["t4"], added: [{ ref: "u1", id: "x" }] };
  beforeEach(() => server.on("POST", /\/plan$/, (_, reply) => json(reply, 200, done)));

  test("drops tasks, changes one, and prints what was done", async () => {
    const options = [
      "--drop",
      "t2,t3",
      "--change",
      "t4",
      "--task",
      "Other words",
      "--after",
      "none",
      "--reason",
      "So.",
    ];
    const said = await deputy("replan", runId, ...options, "--priority", "high", "--timeout", "90", "--agent", "any");
    expect(said).toEqual({ status: 0, stdout: "dropped t2\ndropped t3\nchanged t4\nadded u1\n", stderr: "" });
    const words = { task: "Other words", dependsOn: [], priority: "high", timeoutMs: 90_000, agent: "any" };
    const body = { reason: "So.", drop: ["t2", "t3"], change: [{ ref: "t4", ...words }] };
    expect(asked()).toEqual([["POST", `/api/runs/${runId}/plan`, body]]);
  });

  test("adds a task", async () => {
    await deputy("replan", runId, "--add", "can:search", "--task", "Look", "--after", "t1");
    expect(asked()[0]?.[2]).toEqual({ add: [{ agent: "can:search", task: "Look", dependsOn: ["t1"] }] });
  });

  test("prints one JSON object with --json", async () => {
    const { stdout } = await deputy("replan", runId, "--drop", "t2", "--drop", "t3", "--json");
    expect(JSON.parse(stdout)).toEqual(done);
    expect(asked()[0]?.[2]).toEqual({ drop: ["t2", "t3"] });
  });

  test.each([
    ["nothing", [], "Give --drop, --change or --add."],
    ["a task without words", ["--add", "any"], "--task"],
    ["two things at once", ["--add", "any", "--change", "t1", "--task", "x"], "one at a time"],
    ["a wrong time", ["--change", "t1", "--timeout", "soon"], "whole number"],
  ])("asks the server for nothing when it is given %s", async (_what, options, words) => {
    const { status, stdout, stderr } = await deputy("replan", runId, ...options);
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringContaining(words)]);
    expect(asked()).toEqual([]);
  });

  test("ends with status 1 and the server's words when a task has started", async () => {
    server.on("POST", /\/plan$/, (_, reply) => json(reply, 409, { code: "task-started", message: "t1 has started." }));
    expect(await deputy("replan", runId, "--drop", "t1")).toEqual({
      status: 1,
      stdout: "",
      stderr: "deputy: t1 has started.\n",
    });
  });
});

describe("deputy board", () => {
  const note = { id: "n1", kind: "fact", author: "t1", at: "2026-01-02T03:04:05.000Z", retracted: false } as const;

  test("prints the notes, and what was retracted as such", async () => {
    const notes = [
      { ...note, text: "It is so.", source: "https://example.org" },
      { ...note, author: "program", kind: "question", text: "Is it?", retracted: true },
    ];
    server.on("GET", /\/board$/, (_, reply) => json(reply, 200, { notes }));
    const { status, stdout } = await deputy("board", runId);
    expect([status, stdout.split("\n")]).toEqual([
      0,
      [
        "POSTED (UTC)         BY       KIND      NOTE",
        "2026-01-02 03:04:05  t1       fact      It is so. (https://example.org)",
        "2026-01-02 03:04:05  program  question  (retracted) Is it?",
        "",
      ],
    ]);
  });

  test("says so when there are none", async () => {
    server.on("GET", /\/board$/, (_, reply) => json(reply, 200, { notes: [] }));
    expect(await deputy("board", runId)).toEqual({
      status: 0,
      stdout: "",
      stderr: "nothing is on the board of this run\n",
    });
  });
});
