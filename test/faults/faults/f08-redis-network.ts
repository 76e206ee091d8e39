import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import type { Mode, Relay } from "#/test/faults/relay.ts";
import { silenceWhile } from "#/test/faults/silence.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { until } from "#/test/support/until.ts";

type Trouble = { readonly mode: Mode | "swallow"; readonly ms: number };

/** `swallow`: nothing that passes a connection of before ever arrives, and no end of it either; new connections are fine. */
const troubles: readonly Trouble[] = [
  { mode: "swallow", ms: 8_000 },
  { mode: { kind: "hold" }, ms: 6_000 },
  { mode: { kind: "reset" }, ms: 3_000 },
  { mode: { kind: "delay", ms: 200 }, ms: 4_000 },
  { mode: { kind: "delay", ms: 5_000 }, ms: 12_000 },
  { mode: { kind: "hold", only: "down" }, ms: 22_000 },
];

/** The way to Redis is slow, silent or broken, for the workers and for those who look on. */
export const redisNetwork: Fault = {
  id: "F8",
  title: "Redis slow, silent, without answers, reset on the way",
  repeats: 12,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    const tasks: number[] = [];
    const events: number[] = [];
    const heard: number[] = [];
    const ways = await Promise.all([1, 2, 3].map(() => openWay(stack)));
    const [first, second, third] = ways as [Way, Way, Way];
    await Promise.all([stack.startWorker({ redis: first.relay }), stack.startWorker({ redis: second.relay })]);
    const client = stack.openClient({ redis: third.relay });
    const load = stack.load({ atOnce: 16, order: mixedOrder, client });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await pause(stack.random.between(1_000, 2_000));
      const { mode, ms } = troubles[repeat % troubles.length] ?? { mode: "swallow", ms: 8_000 };
      const begunAt = Date.now();
      for (const way of ways) way.begin(mode);
      const silence = await silenceWhile(stack, pause(ms));
      tasks.push(silence.tasks);
      events.push(silence.events);
      const curedAt = mode === "swallow" ? begunAt : Date.now();
      for (const way of ways) way.cure();
      heard.push(...(await Promise.all([first, second].map((way) => way.untilHeard(curedAt)))));
    }
    await load.finish();
    await Promise.all(ways.map(({ relay }) => relay.close()));
    return {
      injected: `${repeats} troubles: swallowed connections, silence, RST, 0.2 and 5 s late, answers lost for 22 s`,
      measured: [
        { what: "longest time in it without a task done", milliseconds: tasks, atMostMs: 5_000 },
        { what: "without an event seen", milliseconds: events, atMostMs: 5_000 },
        { what: "a worker is handed entries again", milliseconds: heard, atMostMs: 20_000 },
      ],
      problems: [],
    };
  },
};

type Way = {
  readonly relay: Relay;
  begin(mode: Trouble["mode"]): void;
  cure(): void;
  /** Milliseconds from `since` until an entry is handed out on a way that is not swallowed. */
  untilHeard(since: number): Promise<number>;
};

async function openWay({ servers }: Stack): Promise<Way> {
  const relay = await servers.redis.relay();
  let newest = 0;
  let swallowed = 0;
  let heardAt = 0;
  relay.tap((chunk, direction, connection) => {
    newest = Math.max(newest, connection);
    if (connection <= swallowed) return false;
    if (direction === "down" && chunk.includes("\r\nhash\r\n")) heardAt = Date.now();
    return undefined;
  });
  return {
    relay,
    begin(mode) {
      if (mode === "swallow") swallowed = newest;
      else relay.set(mode);
    },
    cure: () => relay.set({ kind: "pass" }),
    async untilHeard(since) {
      await until(() => heardAt >= since, { what: "entries from Redis", timeoutMs: 60_000 });
      return heardAt - since;
    },
  };
}
