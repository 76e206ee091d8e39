import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { log } from "#/lib/log.ts";
import type { Priority } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { Slots } from "#/lib/run/slots.ts";
import type { Entry, Kind } from "#/lib/stream/desk.ts";
import { type Doorbell, openDoorbell } from "#/lib/stream/doorbell.ts";
import { consumerGroup, priorities, streamKey } from "#/lib/stream/keys.ts";
import { listHolders, rescueFrom } from "#/lib/stream/pending.ts";
import { readEntries } from "#/lib/stream/read.ts";
import { ring } from "#/lib/stream/ring.ts";
import { connectRedis, type FreshPrefix, freshPrefix } from "#/test/support/redis.ts";
import { until } from "#/test/support/until.ts";

/** One reader of the knowledge agent's streams against a real Redis. */
let redis: ReturnType<typeof connectRedis>;
let place: FreshPrefix;
let doorbell: Doorbell;
let stopping: AbortController;
let reading: Promise<void>;
let refused: string[];

beforeAll(() => {
  redis = connectRedis(inject("redisUrl"));
});
afterAll(() => redis.quit());

beforeEach(() => {
  place = freshPrefix();
  doorbell = openDoorbell({ url: place.url, prefix: place.prefix, log });
  stopping = new AbortController();
  reading = Promise.resolve();
  refused = [];
});
afterEach(async () => {
  stopping.abort();
  await reading;
  await doorbell.close();
  await place.cleanup();
});

const key = (priority: Priority = "normal") => streamKey(place.prefix, "knowledge", priority);

async function ringFor(taskId: string, priority: Priority = "normal"): Promise<void> {
  await ring(doorbell, [{ taskId, hash: `hash of ${taskId}`, agent: "knowledge", priority }]);
}

/** Reads with room for `limit` entries at once, each of them held until `work` is done. */
function read(limit: number, work: (entry: Entry) => Promise<void>): void {
  const slots = new Slots(limit);
  reading = readEntries(doorbell, {
    consumer: "reader",
    kinds: [kindOf("knowledge", slots, work)],
    refused: (reason) => refused.push(reason),
    signal: stopping.signal,
  });
}

function kindOf(agent: AgentName, slots: Slots, work: (entry: Entry) => Promise<void>): Kind {
  return {
    agent,
    room: () => slots.free,
    untilRoom: () => slots.untilFree(stopping.signal),
    take: (entry) => void slots.use(() => work(entry)),
  };
}

/** Reads, acks, and gives the tasks that were named so far. */
function readAll(): string[] {
  const taken: string[] = [];
  read(10, async (entry) => {
    taken.push(entry.taskId);
    await entry.ack();
  });
  return taken;
}

/** Entries as they are when a reader died that was handed them `idleMs` ago. */
async function handToDeadReader(taskIds: readonly string[], idleMs: number): Promise<void> {
  await redis.xgroup("CREATE", key(), consumerGroup, "0", "MKSTREAM");
  for (const taskId of taskIds) await ringFor(taskId);
  await redis.xreadgroup("GROUP", consumerGroup, "dead", "COUNT", 100, "STREAMS", key(), ">");
  const ids = (await redis.xrange(key(), "-", "+")).map(([id]) => id);
  await redis.call("XCLAIM", key(), consumerGroup, "dead", 0, ...ids, "IDLE", idleMs);
}

describe("a reader", () => {
  it("is handed an entry once, and what is acked is deleted", async () => {
    const taken = readAll();
    await ringFor("one");
    await ringFor("two", "high");
    await until(() => taken.length === 2, { what: "both entries" });
    await until(async () => (await redis.xlen(key())) + (await redis.xlen(key("high"))) === 0, { what: "deletion" });
    expect([...taken].sort()).toEqual(["one", "two"]);
    expect((await redis.xpending(key(), consumerGroup))[0]).toBe(0);
  });

  it("takes over what another one was handed ten seconds ago and never acked", async () => {
    await handToDeadReader(["orphan"], 11_000);
    const taken = readAll();
    await until(() => taken.includes("orphan"), { what: "the entry of the dead" });
    await until(async () => (await redis.xlen(key())) === 0, { what: "its deletion" });
  });

  it("looks after the entries of the dead although the clock was set back by an hour", async () => {
    const report = vi.spyOn(doorbell.trouble, "report");
    await handToDeadReader(["orphan"], 9_000);
    const taken = readAll();
    await ringFor("new");
    await until(() => taken.includes("new"), { what: "the reader to have looked a first time" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });
    try {
      await until(() => taken.includes("orphan"), { what: "the entry of the dead" });
    } finally {
      vi.useRealTimers();
    }
    expect(report).not.toHaveBeenCalled();
  });

  it("leaves alone what another one was handed just now", async () => {
    await handToDeadReader(["young"], 5_000);
    const taken = readAll();
    await ringFor("new");
    await until(() => taken.includes("new"), { what: "the new entry" });
    expect(taken).toEqual(["new"]);
  });

  it("goes on when Redis comes back empty", async () => {
    const taken = readAll();
    await ringFor("before");
    await until(() => taken.includes("before"), { what: "the first entry" });
    await redis.del(...priorities.map(key));
    await ringFor("after");
    await until(() => taken.includes("after"), { what: "the entry behind the loss" });
  });

  it("goes on when its connection is cut", async () => {
    const taken = readAll();
    await ringFor("before");
    await until(() => taken.includes("before"), { what: "the first entry" });
    for (const id of await blockedClients(key())) await redis.client("KILL", "ID", id);
    await ringFor("after");
    await until(() => taken.includes("after"), { what: "the entry behind the cut" });
  });

  it("refuses, reports and deletes what is not ours or not in our form, and goes on behind it", async () => {
    const taken = readAll();
    const big = "x".repeat(1_100);
    await redis.xadd(key(), "*", "v", "99", "task", randomUUID(), "hash", "x");
    await redis.xadd(key(), "*", "something", "else");
    await redis.xadd(key(), "*", "v", "1");
    await redis.xadd(key(), "*", "v", "1", "task", randomUUID(), "hash", "x", "more", "y");
    await redis.xadd(key(), "*", "v", "1", "task", randomUUID(), "hash", big);
    await ringFor("good");
    await until(() => taken.length === 1, { what: "the good one" });
    expect(taken).toEqual(["good"]);
    expect(refused).toEqual(["unknown-version", "foreign", "malformed", "malformed", "oversized"]);
    await until(async () => (await redis.xlen(key())) === 0, { what: "the stream to be empty" });
  });

  it("stops at once when it is told to, while it waits for entries", async () => {
    const taken = readAll();
    await ringFor("one");
    await until(() => taken.length === 1, { what: "the reader to read" });
    const startedAt = performance.now();
    stopping.abort();
    await reading;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});

describe("a reader that is told to stop", () => {
  it("hands back what it was given and has not acked, so that another one has it at once", async () => {
    let given = 0;
    read(10, async () => {
      given += 1;
    });
    await ringFor("unclaimed");
    await until(() => given === 1, { what: "the entry to be handed out" });
    stopping.abort();
    await reading;
    stopping = new AbortController();
    const taken = readAll();
    await until(() => taken.includes("unclaimed"), { what: "the entry handed back", timeoutMs: 3_000 });
    await until(async () => (await redis.xlen(key())) === 0, { what: "its deletion" });
    stopping.abort();
    await reading;
    expect(await redis.xinfo("CONSUMERS", key(), consumerGroup)).toEqual([]);
  });
});

describe("a reader of several kinds", () => {
  it("takes for a kind that has room again at once, although it waits for entries of another", async () => {
    const [narrow, wide] = [new Slots(1), new Slots(10)];
    const first = Promise.withResolvers<void>();
    const taken: string[] = [];
    const work = async (entry: Entry) => {
      taken.push(entry.taskId);
      await entry.ack();
      if (entry.taskId === "long") await first.promise;
    };
    const kinds = [kindOf("knowledge", narrow, work), kindOf("planner", wide, work)];
    reading = readEntries(doorbell, { consumer: "reader", kinds, refused: () => {}, signal: stopping.signal });
    await ringFor("long");
    await until(() => taken.length === 1, { what: "the first entry" });
    await ringFor("next");
    await blockedClients(streamKey(place.prefix, "planner", "normal"));
    expect(taken).toEqual(["long"]);
    first.resolve();
    await until(() => taken.length === 2, { what: "the next entry", timeoutMs: 1_000 });
  });

  it("takes entries of all of them, each as far as it has room", async () => {
    const taken: string[] = [];
    const limits = { main: 3, knowledge: 1, planner: 2 } as const;
    const kinds = (["main", "knowledge", "planner"] as const).map((agent) =>
      kindOf(agent, new Slots(limits[agent]), async (entry) => {
        taken.push(entry.taskId.split(" ")[0] ?? "");
        await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));
      }),
    );
    for (const { agent } of kinds) {
      const rings = [1, 2, 3, 4].map((n) => ({ taskId: `${agent} ${n}`, hash: "h", agent, priority: "low" as const }));
      await ring(doorbell, rings);
    }
    reading = readEntries(doorbell, { consumer: "reader", kinds, refused: () => {}, signal: stopping.signal });
    await until(() => taken.length === 6, { what: "as many as there is room for" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([...taken].sort()).toEqual(["knowledge", "main", "main", "main", "planner", "planner"]);
    // Nothing more was even read: others may have it.
    for (const [agent, limit] of Object.entries(limits)) {
      const [pending] = await redis.xpending(`${place.prefix}:{${agent}}:low`, consumerGroup);
      expect(pending).toBe(limit);
    }
  });
});

describe("a worker that is gone", () => {
  it("leaves what it was handed to others as soon as they are told, and is forgotten", async () => {
    await handToDeadReader(["orphan"], 0);
    expect(await listHolders(doorbell)).toEqual(["dead"]);
    const taken = readAll();
    await rescueFrom(doorbell, ["dead", "nobody"]);
    await until(() => taken.includes("orphan"), { what: "the entry of the dead", timeoutMs: 2_000 });
    await until(async () => (await redis.xlen(key())) === 0, { what: "its deletion" });
    const consumers = JSON.stringify(await redis.xinfo("CONSUMERS", key(), consumerGroup));
    expect(consumers).not.toContain("dead");
  });

  it("is not looked for where there is no stream", async () => {
    await rescueFrom(doorbell, ["dead"]);
    expect(await listHolders(doorbell)).toEqual([]);
    expect(await redis.exists(key())).toBe(0);
  });
});

describe("a reader whose answer was lost with its connection", () => {
  it("takes first what it had been handed, without waiting ten seconds", async () => {
    await redis.xgroup("CREATE", key(), consumerGroup, "0", "MKSTREAM");
    await ringFor("lost on the way");
    await redis.xreadgroup("GROUP", consumerGroup, "reader", "COUNT", 100, "STREAMS", key(), ">");
    const taken = readAll();
    await until(() => taken.includes("lost on the way"), { what: "the entry", timeoutMs: 3_000 });
  });
});

describe("a reader with little room", () => {
  /** Takes with room for one, each for a moment; gives the order and how many were held at most at once. */
  function readOneByOne(): { order: string[]; most: () => number } {
    const order: string[] = [];
    let now = 0;
    let most = 0;
    read(1, async (entry) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(entry.taskId);
      await entry.ack();
      now -= 1;
    });
    return { order, most: () => most };
  }

  it("never takes more than it has room for, and the highest priority first", async () => {
    for (const priority of ["low", "normal", "high"] as const) {
      await redis.xgroup("CREATE", key(priority), consumerGroup, "0", "MKSTREAM");
      for (const n of [1, 2]) await ringFor(`${priority} ${n}`, priority);
    }
    const { order, most } = readOneByOne();
    await until(() => order.length === 6, { what: "all six" });
    expect(most()).toBe(1);
    expect(order).toEqual(["high 1", "high 2", "normal 1", "normal 2", "low 1", "low 2"]);
  });

  it("takes over no more from the dead than it has room for, and the rest later", async () => {
    await handToDeadReader(["a", "b", "c", "d"], 60_000);
    const { order, most } = readOneByOne();
    await until(() => order.length === 4, { what: "all four" });
    expect(most()).toBe(1);
    expect([...order].sort()).toEqual(["a", "b", "c", "d"]);
  });
});

describe("slots", () => {
  it("leave nothing behind on the signal when a wait is over", async () => {
    const signal = new AbortController().signal;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    const slots = new Slots(1);
    for (let turn = 0; turn < 20; turn += 1) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const used = slots.use(() => promise);
      const waited = slots.untilFree(signal);
      resolve();
      await Promise.all([used, waited]);
    }
    expect(listeners).toBe(0);
  });
});

/** Connections that wait in a blocking read of this key's streams. */
async function blockedClients(name: string): Promise<string[]> {
  return until(
    async () => {
      const lines = String(await redis.client("LIST")).split("\n");
      const consumers = (await redis.xinfo("CONSUMERS", name, consumerGroup)) as unknown[];
      const blocked = lines.filter((line) => line.includes("cmd=xreadgroup") && /flags=\S*b/.test(line));
      const ids = blocked.flatMap((line) => /\bid=(\d+)/.exec(line)?.[1] ?? []);
      return consumers.length > 0 && ids.length > 0 ? ids : null;
    },
    { what: "the reader to block" },
  );
}
