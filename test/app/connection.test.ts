import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventStream } from "#/app/api/event-stream.ts";
import type { Viewer } from "#/lib/run/follow-run.ts";
import { endAsNext } from "#/test/support/end-as-next.ts";

/** Streams behind a real HTTP server: frames come one by one until `last`. */
const source = { viewer: undefined as Viewer | undefined, frames: [] as string[], isOver: false, left: 0 };
let handling: Promise<unknown> = Promise.resolve();
let port = 0;
let answer: ServerResponse | undefined;

const server = createServer((request, response) => {
  answer = response;
  const asked = new Request("http://127.0.0.1/", { method: request.method ?? "GET" });
  void handling.then(() => endAsNext(eventStream(asked, open, { "x-run-id": "7" }), response));
});

function open(viewer: Viewer) {
  source.viewer = viewer;
  const take = () => {
    const frame = source.frames.shift();
    return frame === undefined ? (source.isOver ? null : undefined) : Buffer.from(frame);
  };
  const leave = () => {
    source.left += 1;
  };
  return { take, leave };
}

function give(frames: string[], isOver = false): void {
  Object.assign(source, { frames, isOver });
  source.viewer?.ready();
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function join(method = "GET"): Promise<IncomingMessage> {
  Object.assign(source, { viewer: undefined, frames: [": hello\n\n"], isOver: false, left: 0 });
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, method, agent: false }, resolve).on("error", reject);
  });
}

describe("a stream that is written past Next", () => {
  it("has the head of its Response, comes as it is given, and is complete in the end", async () => {
    const response = await join();
    expect([response.statusCode, response.headers["x-run-id"], response.headers.connection]).toEqual([
      200,
      "7",
      "close",
    ]);
    expect(response.headers["transfer-encoding"]).toBe("chunked");
    const whole = text(response);
    give(["one\n", "zwölf\n"]);
    give(["x".repeat(300_000)]);
    give(["the end\n"], true);
    expect(await whole).toBe(`: hello\n\none\nzwölf\n${"x".repeat(300_000)}the end\n`);
    expect([response.complete, source.left]).toEqual([true, 1]);
  });

  it("leaves nothing behind that would keep the request until the client goes", async () => {
    const response = await join();
    response.once("data", () => undefined);
    expect([answer?.listenerCount("close"), Object.hasOwn(answer ?? {}, "end") && answer?.end.name]).toEqual([
      0,
      "end",
    ]);
    give([], true);
    await text(response);
  });

  it("is left when the client goes away", async () => {
    const response = await join();
    response.destroy();
    await vi.waitFor(() => expect(source.left).toBe(1));
  });

  it("is not begun for a client that went while his request was handled", async () => {
    const handled = Promise.withResolvers<void>();
    handling = handled.promise;
    Object.assign(source, { viewer: undefined, left: 0 });
    answer = undefined;
    const request = get({ host: "127.0.0.1", port, agent: false }).on("error", () => undefined);
    const asked = await vi.waitFor(() => answer ?? expect.fail("not asked yet"));
    const gone = new Promise((resolve) => asked.once("close", resolve));
    request.destroy();
    await gone;
    handled.resolve();
    handling = Promise.resolve();
    await vi.waitFor(() => expect(asked.getHeader("x-run-id")).toBe("7"));
    expect(source.viewer).toBeUndefined();
  });

  it("breaks off visibly for a client that is dropped", async () => {
    const response = await join();
    const whole = text(response);
    source.viewer?.drop();
    await expect(whole).rejects.toThrow("aborted");
    expect([response.complete, source.left]).toEqual([false, 1]);
  });

  it("has no chunks for a client of HTTP/1.0", async () => {
    Object.assign(source, { frames: ["one\n", "two\n"], isOver: true, left: 0 });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.0\r\n\r\n");
    expect((await text(socket)).split("\r\n\r\n")[1]).toBe("one\ntwo\n");
  });

  it("is not begun for HEAD", async () => {
    const response = await join("HEAD");
    expect([response.headers["x-run-id"], await text(response), source.viewer]).toEqual(["7", "", undefined]);
  });
});
