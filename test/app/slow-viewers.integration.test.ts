import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GET as getEvents } from "#/app/api/runs/[id]/events/route.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { endAsNext } from "#/test/support/end-as-next.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** The route of events behind a real HTTP server, read by real sockets that stop reading. */
let world: World;
let server: Server;

beforeAll(async () => {
  world = await openWorld();
  (globalThis as { deputyContext?: Context }).deputyContext = world.context;
  server = createServer((request, response) => {
    const id = request.url?.split("/")[3] ?? "";
    const headers = { accept: "text/event-stream", "last-event-id": String(request.headers["last-event-id"] ?? 0) };
    const asked = new Request("http://127.0.0.1:3000/", { headers });
    void getEvents(asked, { params: Promise.resolve({ id }) }).then((answer) => endAsNext(answer, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.close();
});

type Client = { readonly socket: Socket; readonly seen: number[]; isClosed: boolean };

function join(runId: string, cursor = 0): Client {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const client: Client = { socket, seen: [], isClosed: false };
  let rest = "";
  socket.write(`GET /api/runs/${runId}/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: ${cursor}\r\n\r\n`);
  socket.on("data", (bytes) => {
    const lines = (rest + bytes.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("id: ")) client.seen.push(Number(line.slice(4)));
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    client.isClosed = true;
  });
  return client;
}

async function grow(runId: string, bytes: number): Promise<number> {
  const text = "x".repeat(bytes);
  const grown = await changeRun(world.context, runId, ({ events }) => {
    events.push({ type: "task.progressed", data: { text } });
  });
  return grown?.seq ?? 0;
}

const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

describe("viewers that do not read", () => {
  it("are cut off, do not slow the others, take no memory, and can go on where they stopped", async () => {
    const runId = await world.ask("hello");
    const quick = join(runId);
    const slow = Array.from({ length: 20 }, () => join(runId));
    await until(() => [quick, ...slow].every(({ seen }) => seen.length === 1), { what: "all to be connected" });
    for (const { socket } of slow) socket.pause();
    let last = 0;
    let longestMs = 0;
    const before = process.memoryUsage().rss;
    // Much more than what the kernel keeps for a socket.
    for (let step = 0; step < 120; step += 1) {
      const startedAt = performance.now();
      last = await grow(runId, 100_000);
      await until(() => quick.seen.at(-1) === last, { what: "the quick one to see it" });
      longestMs = Math.max(longestMs, performance.now() - startedAt);
    }
    await until(async () => (await connections()) === 1, { what: "the slow ones to be gone" });
    expect(quick.seen).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(longestMs).toBeLessThan(5_000);
    // Of 12 MB for each of the twenty.
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1_048_576);

    const [one] = slow;
    one?.socket.resume();
    await until(() => one?.isClosed === true, { what: "the end of what was on the way" });
    const again = join(runId, one?.seen.at(-1));
    await until(() => again.seen.at(-1) === last, { what: "the rest" });
    expect([...(one?.seen ?? []), ...again.seen]).toEqual(quick.seen);
    for (const { socket } of [quick, again, ...slow]) socket.destroy();
  });
});
