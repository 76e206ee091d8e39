import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eventStream } from "#/app/api/event-stream.ts";
import type { Frames } from "#/lib/chat/stream-run.ts";
import type { Viewer } from "#/lib/run/follow-run.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const bytes = new Uint8Array([58, 10]);
const SECOND = 1_000;

/** A stream of `count` frames that then stays silent until its viewer has gone. */
function stream(count: number, method = "GET") {
  const source = { viewer: undefined as Viewer | undefined, count, taken: 0, isLeft: false };
  const take = () => {
    if (source.taken >= source.count) return undefined;
    source.taken += 1;
    return bytes;
  };
  const leave = () => {
    source.isLeft = true;
  };
  const response = eventStream(new Request("http://127.0.0.1/", { method }), (viewer): Frames => {
    source.viewer = viewer;
    return { take, leave };
  });
  return { source, response };
}

function opened(count: number) {
  const { source, response } = stream(count);
  return { source, reader: response.body?.getReader() ?? expect.fail("no body") };
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

describe("a stream to a client", () => {
  it("asks for nothing that the client has no room for", async () => {
    const { source, reader } = opened(Number.POSITIVE_INFINITY);
    for (let read = 0; read < 5; read += 1) await reader.read();
    await vi.advanceTimersByTimeAsync(1 * SECOND);
    expect(source.taken).toBeLessThan(10);
    await reader.cancel();
    await vi.waitFor(() => expect(source.isLeft).toBe(true));
  });

  it("is cut off when the client takes nothing for 30 s, and its source is left", async () => {
    const { source, reader } = opened(1_000);
    await reader.read();
    await vi.advanceTimersByTimeAsync(29 * SECOND);
    expect(source.isLeft).toBe(false);
    await vi.advanceTimersByTimeAsync(3 * SECOND);
    expect(source.isLeft).toBe(true);
    await expect(drain(reader)).rejects.toThrow("does not read");
  });

  it("stays open for as long as the client waits for more", async () => {
    const { source, reader } = opened(1);
    await reader.read();
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(source.isLeft).toBe(false);
    await reader.cancel();
    expect(await next).toMatchObject({ done: true });
    await vi.waitFor(() => expect(source.isLeft).toBe(true));
  });

  it("sends what there is when it is told that there is more", async () => {
    const { source, reader } = opened(0);
    const next = reader.read();
    source.count = 1;
    source.viewer?.ready();
    expect((await next).value).toEqual(bytes);
    await reader.cancel();
    await vi.waitFor(() => expect(source.isLeft).toBe(true));
  });

  it("sends frames in their order, whether they are large or small", async () => {
    vi.useRealTimers();
    const frames = [1, 100_000, 2, 200_000, 100_001, 3].map((length) => new Uint8Array(length).fill(length % 251));
    const left = [...frames];
    const response = eventStream(new Request("http://127.0.0.1/"), () => ({
      take: () => left.shift() ?? null,
      leave: () => undefined,
    }));
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.concat(frames));
  });

  it("is cut off when its source says that the client is too far behind", async () => {
    const { source, reader } = opened(1_000);
    await reader.read();
    source.viewer?.drop();
    await expect(drain(reader)).rejects.toThrow("does not read");
    expect(source.isLeft).toBe(true);
  });

  it("is not begun for a request that wants the head only", () => {
    const { source, response } = stream(5, "HEAD");
    expect([response.body, source.viewer]).toEqual([null, undefined]);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
  });
});
