import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { waitUntilReady } from "#/lib/launch/own-server.ts";
import { until } from "#/test/support/until.ts";

let server: Server;

afterEach(() => server.close());

const noWorker = {
  status: "unhealthy",
  postgres: "ok",
  redis: "ok",
  workers: "The worker registry: no worker is alive",
};

test("a server without a worker is ready where none is started", async () => {
  const url = await serve(() => noWorker);
  await waitUntilReady(url, new AbortController().signal, { workers: false });
});

test("a server without a worker is waited for where one is started", async () => {
  let asked = 0;
  const url = await serve(() => (++asked < 3 ? noWorker : { ...noWorker, status: "ok", workers: "ok" }));
  await waitUntilReady(url, new AbortController().signal, { workers: true });
  expect(asked).toBe(3);
});

test("a server without Redis is not ready, workers or not", async () => {
  let asked = 0;
  const url = await serve(() => {
    asked++;
    return { ...noWorker, redis: "Redis: not reachable" };
  });
  const stopping = new AbortController();
  const waiting = waitUntilReady(url, stopping.signal, { workers: false });
  await until(() => asked > 2, { what: "several questions" });
  stopping.abort();
  await waiting;
});

async function serve(health: () => { status: string }): Promise<string> {
  server = createServer((_, response) => {
    const body = health();
    response.writeHead(body.status === "ok" ? 200 : 503).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}
