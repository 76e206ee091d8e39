import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRelay, type Relay } from "#/test/faults/relay.ts";
import { temporaryFolder } from "#/test/support/folder.ts";
import { until } from "#/test/support/until.ts";

/** An echo server on a unix socket, as Postgres and Redis stand on one, and one client before the relay. */
let server: Server;
let relay: Relay;
let client: Socket;
let received = "";
let end = "";

beforeEach(async () => {
  const path = join(temporaryFolder(), "echo");
  server = createServer((socket) => socket.on("error", () => socket.destroy()).pipe(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  relay = await openRelay({ path });
  received = "";
  end = "";
  client = dial(relay.port, "127.0.0.1");
  client.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  client.on("error", (error: NodeJS.ErrnoException) => {
    end = error.code ?? "error";
  });
  client.on("close", () => {
    end ||= "closed";
  });
  await say("hello");
});
afterEach(async () => {
  client.destroy();
  await until(() => end !== "", { what: "the end of the client" });
  await relay.close();
  server.close();
});

async function say(text: string): Promise<void> {
  client.write(text);
  await until(() => received.endsWith(text), { what: `the echo of ${text}` });
}

describe("a relay", () => {
  it("holds what is sent and delivers it when it is let through, on the same connection", async () => {
    relay.set({ kind: "hold" });
    client.write("held");
    const other = dial(relay.port, "127.0.0.1");
    await new Promise((resolve) => other.once("connect", resolve));
    expect([received, end]).toEqual(["hello", ""]);
    relay.set({ kind: "pass" });
    await until(() => received === "helloheld", { what: "what was held" });
    other.destroy();
  });

  it("holds one direction alone", async () => {
    const passed: string[] = [];
    relay.tap((chunk, direction) => {
      passed.push(`${direction} ${chunk}`);
      return undefined;
    });
    relay.set({ kind: "hold", only: "down" });
    client.write("one-way");
    await until(() => passed.length > 0, { what: "the way up" });
    expect([passed, received]).toEqual([["up one-way"], "hello"]);
  });

  it("resets connections", async () => {
    relay.set({ kind: "reset" });
    await until(() => end !== "", { what: "the reset" });
    expect(end).toBe("ECONNRESET");
  });

  it("cuts a connection behind a byte", async () => {
    relay.cutAfter(3, "down");
    client.write("abcdef");
    await until(() => end !== "", { what: "the cut" });
    expect(received).toBe("helloabc");
  });

  it("passes a chunk only when the tap has let it", async () => {
    relay.tap((chunk) => !chunk.includes("secret"));
    client.write("secret");
    await say("open");
    expect(received).toBe("helloopen");
  });
});
