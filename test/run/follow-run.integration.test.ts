import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Frames, streamAsEvents, streamAsMessage } from "#/lib/chat/stream-run.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { Following, followRun, stopFollowing, type Viewer } from "#/lib/run/follow-run.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
});
afterAll(() => world.close());

/** Appends `count` events in one change. */
async function grow(runId: string, count: number, size = 0): Promise<void> {
  const root = (await listTasks(world.context.store.db, runId)).find((task) => task.parentId === null);
  await changeRun(world.context, runId, ({ events }) => {
    for (let n = 0; n < count; n += 1) {
      events.push({ type: "task.progressed", taskId: root?.id ?? "", data: { text: `${n}${" ".repeat(size)}` } });
    }
  });
}

const end = (runId: string) => cancelRun(world.context, runId, { by: "user", reason: "test" });

/** What a viewer sees who joins behind `cursor`; `done` resolves when his stream has ended. */
function view(runId: string, cursor: number, context: Context = world.context, stop = new AbortController()) {
  const seen: RunEvent[] = [];
  const follow = async () => {
    for await (const events of followRun(context, runId, cursor, stop.signal)) seen.push(...events);
  };
  return { seen, stop, done: follow() };
}

/** The same database, and a growth channel on which nothing is ever heard. */
function deaf(): Context {
  return { ...world.context, env: { ...world.context.env, prefix: `${world.context.env.prefix}-deaf` } };
}

/** What `open` gives its viewer, one after another until the end. */
async function* taken<T>(open: (viewer: Viewer) => { take(): T | null | undefined; leave(): void }): AsyncGenerator<T> {
  let woken = Promise.withResolvers<void>();
  const source = open({ ready: () => woken.resolve(), drop: () => undefined });
  try {
    for (let one = source.take(); one !== null; one = source.take()) {
      if (one !== undefined) yield one;
      else {
        await woken.promise;
        woken = Promise.withResolvers();
      }
    }
  } finally {
    source.leave();
  }
}

const seqs = (events: readonly RunEvent[]) => events.map((event) => event.seq);
const from = (cursor: number, to: number) => Array.from({ length: to - cursor }, (_, index) => cursor + index + 1);

describe("following a run", () => {
  it("shows every viewer each event exactly once and in order, from whatever cursor he joins, and ends with the run", async () => {
    const runId = await world.ask("hello");
    const viewers: { cursor: number; seen: RunEvent[]; done: Promise<void> }[] = [];
    const join = (cursor: number) => viewers.push({ cursor, ...view(runId, cursor) });
    join(0);
    for (let step = 0; step < 20; step += 1) {
      await grow(runId, 1 + (step % 3));
      join(step);
      join(0);
    }
    await end(runId);
    await Promise.all(viewers.map(({ done }) => done));
    const last = (await world.events(runId)).length;
    for (const { cursor, seen } of viewers) expect(seqs(seen)).toEqual(from(cursor, last));
  });

  it("gives a long log page by page without a gap", async () => {
    const runId = await world.ask("hello");
    await grow(runId, 1_234);
    await end(runId);
    const { seen, done } = view(runId, 7);
    await done;
    expect(seqs(seen)).toEqual(from(7, (await world.events(runId)).length));
  });

  it("goes on when no hint is ever heard, a second late at most", async () => {
    const runId = await world.ask("hello");
    const context = deaf();
    const { seen, done } = view(runId, 0, context);
    await until(() => seen.length >= 1, { what: "the first event" });
    await grow(runId, 3);
    await until(() => seen.length >= 4, { what: "what was appended unheard", timeoutMs: 3_000 });
    await end(runId);
    await done;
    expect(seqs(seen)).toEqual(from(0, (await world.events(runId)).length));
    stopFollowing(context);
  });

  it("sees what is appended at once when the hint is heard", async () => {
    const runId = await world.ask("hello");
    const { seen, done } = view(runId, 0);
    await until(() => seen.length === 1, { what: "the first event" });
    const delays: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const startedAt = performance.now();
      const known = seen.length;
      await grow(runId, 1);
      await until(() => seen.length > known, { what: "the appended event" });
      delays.push(performance.now() - startedAt);
    }
    expect(Math.min(...delays)).toBeLessThan(300);
    await end(runId);
    await done;
  });

  it("ends at once for a run that has ended and a cursor at its end, and for one that does not exist", async () => {
    const runId = await world.ask("hello");
    await end(runId);
    const last = (await world.events(runId)).length;
    const ended = view(runId, last);
    const unknown = view("0197a1b2-0000-7000-8000-00000000ffff", 0);
    await Promise.all([ended.done, unknown.done]);
    expect([...ended.seen, ...unknown.seen]).toEqual([]);
  });

  it("ends for a viewer whose run is deleted", async () => {
    const runId = await world.ask("hello");
    const { seen, done } = view(runId, 0);
    await until(() => seen.length > 0, { what: "the first event" });
    await world.context.store.sql`delete from conversations`;
    await done;
    expect(seqs(seen)).toEqual([1]);
  });

  it("stops at once when the viewer goes away, and asks the database nothing more", async () => {
    const runId = await world.ask("hello");
    const { seen, stop, done } = view(runId, 0, deaf());
    await until(() => seen.length > 0, { what: "the first event" });
    const startedAt = performance.now();
    stop.abort();
    await done;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await end(runId);
    expect(seen.at(-1)?.type).not.toBe("run.cancelled");
  });
});

describe("many viewers of one run", () => {
  it("are given the same pages: each is read and decoded once", async () => {
    const runId = await world.ask("hello");
    const pages = Array.from({ length: 50 }, (): LogPage[] => []);
    const done = pages.map(async (own) => {
      for await (const page of taken((viewer) => new Following(world.context, runId, 0, viewer))) own.push(page);
    });
    await until(() => pages.every((own) => own.length > 0), { what: "the first page" });
    for (let step = 0; step < 5; step += 1) await grow(runId, 2);
    await end(runId);
    await Promise.all(done);
    const [first = [], ...others] = pages.map((own) => own.filter(({ events }) => events.length > 0));
    expect(seqs(first.flatMap(({ events }) => events))).toEqual(from(0, (await world.events(runId)).length));
    for (const own of others) expect(own.every((page, index) => page === first[index])).toBe(true);
  });

  it("who come later are given the pages that the first ones read, and miss nothing of what came between", async () => {
    const runId = await world.ask("hello");
    const pages: LogPage[][] = [];
    const join = async () => {
      const own: LogPage[] = [];
      pages.push(own);
      for await (const page of taken((viewer) => new Following(world.context, runId, 0, viewer))) own.push(page);
    };
    await grow(runId, 700);
    const done: Promise<void>[] = [];
    for (let step = 0; step < 5; step += 1) {
      done.push(join());
      await until(() => pages.every((own) => own.some(({ last }) => last >= 701 + step)), { what: "all to catch up" });
      await grow(runId, 1);
    }
    await end(runId);
    await Promise.all(done);
    const all = from(0, (await world.events(runId)).length);
    const [first, ...later] = pages;
    for (const own of pages) expect(seqs(own.flatMap(({ events }) => events))).toEqual(all);
    for (const own of later) expect([own[0] === first?.[0], own[1] === first?.[1]]).toEqual([true, true]);
  });

  it("do not wait for one who takes nothing, and he gets all of it when he goes on", async () => {
    const runId = await world.ask("hello");
    let isDropped = false;
    let following: Following | undefined;
    const slow = taken((viewer) => {
      following = new Following(world.context, runId, 0, { ...viewer, drop: () => (isDropped = true) });
      return following;
    });
    const own: RunEvent[] = [...((await slow.next()).value?.events ?? [])];
    const quick = view(runId, 0);
    await until(() => quick.seen.length === 1, { what: "the quick one to have caught up" });
    expect(following?.take()).toBeUndefined();
    for (let step = 0; step < 30; step += 1) {
      await grow(runId, 4, 20_000);
      await until(() => quick.seen.length === 1 + (step + 1) * 4, { what: "the quick one to see it" });
    }
    expect(isDropped).toBe(true);
    await end(runId);
    await quick.done;
    for await (const page of slow) own.push(...page.events);
    expect(seqs(own)).toEqual(seqs(quick.seen));
  });
});

/** The bytes of a stream, without its comments. */
async function bytesOf(open: (viewer: Viewer) => Frames, most = Number.POSITIVE_INFINITY): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const frame of taken(open)) {
    text += decoder.decode(frame, { stream: true }).replaceAll(/^:.*\n\n/gm, "");
    if (text.length >= most) break;
  }
  return text.slice(0, most);
}

describe("a stream that is cut at any byte and joined again behind the last whole event", () => {
  it("gives the same bytes as one that was never cut, while the run goes on and after it", async () => {
    const runId = await world.ask("hello");
    const whole = bytesOf((viewer) => streamAsEvents(world.context, runId, 0, viewer));
    const cutUp = fc.sample(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 5, maxLength: 12 }), 12);
    const joined = Promise.all(cutUp.map((cuts) => joinAgain(runId, cuts)));
    for (let step = 0; step < 25; step += 1) await grow(runId, 1 + (step % 7));
    await end(runId);
    const expected = await whole;
    expect(seqsIn(expected)).toEqual(from(0, (await world.events(runId)).length));
    for (const text of await joined) expect(text).toBe(expected);
    for (const text of await Promise.all(cutUp.map((cuts) => joinAgain(runId, cuts)))) expect(text).toBe(expected);
  });

  async function joinAgain(runId: string, cuts: readonly number[]): Promise<string> {
    let text = "";
    for (const most of [...cuts, Number.POSITIVE_INFINITY]) {
      const cursor = seqsIn(text).at(-1) ?? 0;
      const more = await bytesOf((viewer) => streamAsEvents(world.context, runId, cursor, viewer), most);
      text += wholeEvents(more);
    }
    return text;
  }

  const wholeEvents = (text: string) => text.match(/^(?:[\s\S]*\n\n)?/)?.[0] ?? "";
  const seqsIn = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq));
});

describe("the message of a run", () => {
  it("is the same for whoever joins it, at whatever time", async () => {
    const runId = await world.ask("hello");
    const viewers: Promise<string>[] = [];
    for (let step = 0; step < 15; step += 1) {
      viewers.push(bytesOf((viewer) => streamAsMessage(world.context, runId, viewer)));
      await grow(runId, 1 + (step % 3));
    }
    await end(runId);
    const [first, ...others] = await Promise.all(viewers.map(async (text) => partsIn(await text)));
    expect(first?.length).toBeGreaterThan(3);
    for (const other of others) expect(other).toEqual(first);
  });

  const partsIn = (text: string) => text.split("\n\n").filter((line) => line !== "");
});

describe("the stream of events", () => {
  it("begins at once, so that a client knows that it is connected although nothing happens", async () => {
    const runId = await world.ask("hello");
    const lines = streamAsEvents(world.context, runId, 1, { ready: () => undefined, drop: () => undefined });
    expect(Buffer.from(lines.take() ?? []).toString()).toMatch(/^:/);
    lines.leave();
    await end(runId);
  });
});
