import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeServer, json, logOf, runId } from "#/test/cli/fake-server.ts";
import { typed } from "#/test/cli/typed.ts";

let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => server.stop());

const deputy = (...words: string[]) => typed([...words, "--url", server.url]);

const taskId = "22222222-3333-4444-8555-666666666666";
const error = { code: "egress-refused", message: "The page\nanswered 503." };
const letter = {
  taskId,
  runId,
  conversationId: "c1",
  ref: "t2",
  agent: "browser",
  reason: "attempts",
  error,
  attempts: 3,
  failedAt: "2026-11-21T08:45:01.000Z",
  message: "what stands there?",
};
const history = logOf([
  { type: "task.claimed", taskId, agent: "browser", data: { claim: 3, attempt: 3, workerId: "w" } },
  { type: "task.failed", taskId, agent: "browser", data: { error, attempts: 3, dead: "attempts" } },
]);
const inFull = { ...letter, payload: { task: "Read the page", input: { url: "http://x.test" } }, history };

describe("deputy dead-letters", () => {
  beforeEach(() => {
    server.on("GET", /^\/api\/dead-letters(\?|$)/, (_, reply) => json(reply, 200, { deadLetters: [letter] }));
    server.on("GET", /^\/api\/dead-letters\/[^/]+$/, (_, reply) => json(reply, 200, inFull));
  });

  test.each([[["dead-letters"]], [["dead-letters", "list"]]])("lists them, one a line: %j", async (words) => {
    const { stdout, status } = await deputy(...words);
    expect(status).toBe(0);
    expect(stdout.split("\n")[1]).toBe(
      `${taskId}  browser  attempts  3         2026-11-21 08:45:01  egress-refused: The page answered 503.`,
    );
  });

  test("asks for as many as --limit says and prints the server's answer with --json", async () => {
    const { stdout } = await deputy("dead-letters", "--limit", "7", "--json");
    expect(server.requests[0]?.path).toBe("/api/dead-letters?limit=7");
    expect(JSON.parse(stdout)).toEqual({ deadLetters: [letter] });
  });

  test("says so on standard error when there are none", async () => {
    server.on("GET", /^\/api\/dead-letters$/, (_, reply) => json(reply, 200, { deadLetters: [] }));
    expect(await deputy("dead-letters")).toEqual({ status: 0, stdout: "", stderr: "there are no dead letters\n" });
  });

  test("shows one with its reason in words, its payload and its history", async () => {
    const { stdout, status } = await deputy("dead-letters", "show", taskId);
    expect(status).toBe(0);
    expect(stdout).toContain("reason      attempts: every attempt failed\n");
    expect(stdout).toContain("payload     Read the page\n");
    expect(stdout).toContain('input       {"url":"http://x.test"}\n');
    expect(stdout).toMatch(
      /task\.failed {3}browser failed \(dead letter: attempts\), egress-refused: The page answered/,
    );
    expect(JSON.parse((await deputy("dead-letters", "show", taskId, "--json")).stdout)).toEqual(inFull);
  });

  test("tries one again and prints how, and the run that it is in now", async () => {
    server.on("POST", /\/retry$/, (_, reply) => json(reply, 200, { how: "started", runId }));
    expect(await deputy("dead-letters", "retry", taskId)).toMatchObject({ status: 0, stdout: `started ${runId}\n` });
    expect(server.requests[0]?.path).toBe(`/api/dead-letters/${taskId}/retry`);
  });

  test("drops one", async () => {
    server.on("POST", /\/drop$/, (_, reply) => json(reply, 200, { status: "dropped" }));
    expect(await deputy("dead-letters", "drop", taskId)).toMatchObject({ status: 0, stdout: "dropped\n" });
    expect(server.requests[0]?.path).toBe(`/api/dead-letters/${taskId}/drop`);
  });

  test("ends with status 1 and the server's words for one that is none", async () => {
    server.on("POST", /\/drop$/, (_, reply) =>
      json(reply, 404, { code: "dead-letter-unknown", message: "There is no dead letter x." }),
    );
    const said = await deputy("dead-letters", "drop", "../x");
    expect(said).toEqual({ status: 1, stdout: "", stderr: "deputy: There is no dead letter x.\n" });
    expect(server.requests[0]?.path).toBe("/api/dead-letters/..%2Fx/drop");
  });

  test.each([[["dead-letters", "shwo", taskId]], [["dead-letters", "show"]]])(
    "refuses %j with status 2",
    async (words) => {
      expect(await deputy(...words)).toMatchObject({ status: 2, stdout: "" });
    },
  );
});
