import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

/** A server of Deputy's that answers, but has no Redis. */
const health = { status: "unhealthy", postgres: "ok", redis: "Redis: no answer within 2 s", workers: "ok" };
let server: Server;

beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(503).end(JSON.stringify(health)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("PORT", String((server.address() as AddressInfo).port));
  vi.stubEnv("DATABASE_URL", "postgres://127.0.0.1:1/none");
  // Settings are read once a process.
  vi.resetModules();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.resetModules();
  await new Promise((resolve) => server.close(resolve));
});

test("a server of ours that is not well is not taken for another program on its port", async () => {
  const { diagnose } = await import("#/lib/launch/doctor.ts");
  const checks = new Map((await diagnose()).map((check) => [check.name, check]));
  expect(checks.get("Port")).toMatchObject({ ok: true, found: expect.stringContaining("taken by Deputy") });
  expect(checks.get("Server")).toMatchObject({ ok: false, found: expect.stringContaining("no answer within 2 s") });
  expect(checks.get("Server")?.advice).not.toContain("Start it");
});
