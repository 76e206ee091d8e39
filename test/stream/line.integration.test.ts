import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { log } from "#/lib/log.ts";
import { Acks } from "#/lib/stream/acks.ts";
import { type Doorbell, openDoorbell, pingRedis } from "#/lib/stream/doorbell.ts";
import { listRungTasks, ring } from "#/lib/stream/ring.ts";
import { type FreshPrefix, freshPrefix } from "#/test/support/redis.ts";
import { until } from "#/test/support/until.ts";

/** The way from here to Redis, which can go dead without a word, as a lost network does; it counts what is sent on it. */
let way: Awaited<ReturnType<typeof openWay>>;
let place: FreshPrefix;
let doorbell: Doorbell;

beforeEach(async () => {
  way = await openWay(inject("redisUrl"));
  place = freshPrefix();
  const quiet = log.child({}, { level: "silent" });
  doorbell = openDoorbell({ url: `redis://127.0.0.1:${way.port}`, prefix: place.prefix, log: quiet });
});
afterEach(async () => {
  await doorbell.close();
  way.close();
  await place.cleanup();
});

const ringFor = (...taskIds: string[]) =>
  ring(
    doorbell,
    taskIds.map((taskId) => ({ taskId, hash: "hash", agent: "knowledge", priority: "normal" })),
  );

describe("commands of one tick", () => {
  it("are one write, whoever sends them", async () => {
    await pingRedis(doorbell);
    const before = way.writes;
    const numbers = Array.from({ length: 50 }, (_, n) => `task ${n}`);
    const rung = await Promise.all([ringFor(...numbers), ringFor("another"), ringFor("a third")]);
    expect(rung).toEqual([true, true, true]);
    expect(way.writes - before).toBe(1);
    expect((await listRungTasks(doorbell, "knowledge", "normal"))?.size).toBe(52);
  });

  it("are one ack and one deletion for each stream, also of claims that were committed together", async () => {
    await ringFor("one");
    const acks = new Acks(doorbell);
    const before = way.writes;
    const committed = Promise.resolve();
    await Promise.all(["1-1", "2-1", "3-1"].map((id) => committed.then(() => acks.add(`${place.prefix}:{a}:x`, id))));
    expect(way.writes - before).toBe(1);
    expect(way.lastWrite.match(/xack/gi)).toHaveLength(1);
  });
});

describe("a Redis that does not answer", () => {
  it("is waited for once; then all fail at once until it answers again", async () => {
    await pingRedis(doorbell);
    way.freeze();
    expect(await took(() => ringFor("one"), false)).toBeLessThan(4_000);
    expect(await took(() => ringFor("two"), false)).toBeLessThan(1_000);
    expect(await took(() => listRungTasks(doorbell, "knowledge", "normal"), null)).toBeLessThan(1_000);
    way.thaw();
    await until(() => ringFor("three"), { what: "the bell to ring again", timeoutMs: 2_000 });
  });

  it("costs nothing where its port is closed, and rings when it is open again", async () => {
    await pingRedis(doorbell);
    way.cut();
    expect(await took(() => ringFor("one"), false)).toBeLessThan(1_500);
    expect(await took(() => ringFor("two"), false)).toBeLessThan(1_000);
    way.mend();
    await until(() => ringFor("three"), { what: "the bell to ring again", timeoutMs: 5_000 });
  });
});

async function took<T>(act: () => Promise<T>, outcome: T): Promise<number> {
  const startedAt = performance.now();
  expect(await act()).toEqual(outcome);
  return performance.now() - startedAt;
}

async function openWay(url: string) {
  const sockets = new Set<Socket>();
  let isOpen = true;
  let isFrozen = false;
  const way = { port: 0, writes: 0, lastWrite: "", freeze, thaw, cut, mend, close };
  const server = createServer((near) => {
    if (!isOpen) return near.destroy();
    const far = url.startsWith("unix://") ? connect(url.slice(7)) : connect(Number(new URL(url).port), "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
      if (isFrozen) socket.pause();
    }
    near.on("data", (data) => {
      way.writes += 1;
      way.lastWrite = data.toString();
      far.write(data);
    });
    far.on("data", (data) => near.write(data));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  way.port = typeof address === "object" && address ? address.port : 0;
  return way;

  function freeze() {
    isFrozen = true;
    for (const socket of sockets) socket.pause();
  }
  function thaw() {
    isFrozen = false;
    for (const socket of sockets) socket.resume();
  }
  function cut() {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  }
  function mend() {
    isOpen = true;
  }
  function close() {
    cut();
    server.close();
  }
}
