import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeServer, json, openEvents, startsRun } from "#/test/cli/fake-server.ts";
import { cancelledRun, smallTalk } from "#/test/cli/runs-of-deputy.ts";

const entry = fileURLToPath(new URL("../../lib/cli/deputy.mjs", import.meta.url));

let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => server.stop());

function start(...words: string[]) {
  const child = spawn(process.execPath, [entry, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const seen = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    seen.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    seen.stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, seen, ended };
}

describe("the deputy process", () => {
  test("hands the exit status to the shell", async () => {
    const { seen, ended } = start("--url", server.url, "show", "nope");
    expect(await ended).toBe(1);
    expect(seen.stderr).toMatch(/^deputy: there is nothing at /);
  });

  test("begins a line for progress when both outputs go to one place, and once only", async () => {
    server.serveRun(smallTalk);
    const words = [process.execPath, entry, "--url", server.url, "ask", "hello"];
    const child = spawn("sh", ["-c", 'exec "$0" "$@" 2>&1', ...words], { stdio: ["ignore", "pipe", "inherit"] });
    const all = (await Array.fromAsync<Buffer>(child.stdout)).join("");
    expect(all).toMatch(/\nHello there\.\ncompleted in [^\n]*\ngo on with/);
  });

  test("is quiet when the reader of its output goes away", async () => {
    server.on("GET", /runs/, (_, reply) =>
      json(reply, 200, { runs: Array(20_000).fill({ ...row, text: "x".repeat(80) }) }),
    );
    const { child, seen, ended } = start("--url", server.url, "runs");
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await ended).toBe(0);
    expect(seen.stderr).toBe("");
  });

  test("cancels the run at the first Ctrl-C, also when the key arrives twice, and waits for its end", async () => {
    const events = followed();
    server.on("POST", /cancel$/, (_, reply) => {
      json(reply, 200, { status: "cancelled" });
      for (const event of cancelledRun.slice(1)) events.stream?.send(event);
      events.stream?.close();
    });
    const { child, seen, ended } = start("--url", server.url, "ask", "hello");
    await vi.waitFor(() => expect(seen.stderr).toContain("run 1111"), 10_000);
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(seen.stderr).toContain("by the user: stopped");
    expect(server.requests.filter((request) => request.path.endsWith("/cancel"))).toHaveLength(1);
  });

  test("leaves at the second Ctrl-C although the run goes on", async () => {
    followed();
    server.on("POST", /cancel$/, () => {});
    const { child, seen, ended } = start("--url", server.url, "ask", "hello");
    await vi.waitFor(() => expect(seen.stderr).toContain("run 1111"), 10_000);
    child.kill("SIGINT");
    await vi.waitFor(
      () => expect(server.requests.some((request) => request.path.endsWith("/cancel"))).toBe(true),
      10_000,
    );
    const again = setInterval(() => child.kill("SIGINT"), 100);
    const status = await ended;
    clearInterval(again);
    expect(status).toBe(130);
    expect(seen.stderr).toContain("deputy show 1111");
  });
});

const row = { id: "r", status: "completed", phase: "LEARNING", createdAt: "2026-11-21T08:45:01.000Z" };

/** A run whose first event is out and whose end the test decides. */
function followed() {
  const events: { stream?: ReturnType<typeof openEvents> } = {};
  server.on("POST", /chat$/, (_, reply) => startsRun(reply));
  server.on("GET", /events/, (_, reply) => {
    events.stream = openEvents(reply);
    for (const event of smallTalk.slice(0, 1)) events.stream.send(event);
  });
  return events;
}
