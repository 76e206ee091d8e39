import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eventStream } from "#/app/api/event-stream.ts";
import type { Viewer } from "#/lib/run/follow-run.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const bytes = new Uint8Array([58, 10]);
const SECOND = 1_000;

/** A stream of `count` frames that then stays silent until its viewer has gone. */
function stream(count: number) {
  const source = { viewer: undefined as Viewer | undefined, isLeft: false };
  const away = new AbortController();
  const response = eventStream(new Request("http://127.0.0.1/", { signal: away.signal }), async function* (viewer) {
    source.viewer = viewer;
    try {
      for (let sent = 0; sent < count; sent += 1) yield bytes;
      if (viewer.signal.aborted) return;
      await new Promise((resolve) => viewer.signal.addEventListener("abort", resolve));
    } finally {
      source.isLeft = true;
    }
  });
  const reader = response.body?.getReader() ?? expect.fail("no body");
  return { source, reader, away };
}

describe("a stream to a client", () => {
  it("asks for nothing that the client does not take", async () => {
    let asked = 0;
    const response = eventStream(new Request("http://127.0.0.1/"), async function* () {
      for (;;) {
        asked += 1;
        yield bytes;
      }
    });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    await vi.advanceTimersByTimeAsync(1 * SECOND);
    expect(asked).toBe(2);
    await reader?.cancel();
  });

  it("is cut off when the client takes nothing for 30 s, and its source is left", async () => {
    const { source, reader } = stream(5);
    await reader.read();
    await vi.advanceTimersByTimeAsync(29 * SECOND);
    expect(source.isLeft).toBe(false);
    await vi.advanceTimersByTimeAsync(3 * SECOND);
    expect(source.isLeft).toBe(true);
    await expect(reader.read()).rejects.toThrow("does not read");
  });

  it("stays open for as long as the client waits for more", async () => {
    const { source, reader } = stream(1);
    await reader.read();
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(source.isLeft).toBe(false);
    await reader.cancel();
    expect(await next).toMatchObject({ done: true });
    await vi.waitFor(() => expect(source.isLeft).toBe(true));
  });

  it("is cut off when its source says that the client is too far behind", async () => {
    const { source, reader } = stream(5);
    await reader.read();
    source.viewer?.drop?.();
    await expect(reader.read()).rejects.toThrow("does not read");
    expect(source.isLeft).toBe(true);
  });

  it("ends when the client goes away", async () => {
    const { source, reader, away } = stream(1);
    await reader.read();
    const next = reader.read();
    away.abort();
    expect(await next).toMatchObject({ done: true });
    await vi.waitFor(() => expect(source.isLeft).toBe(true));
  });
});
