import type { Order, TaskOrder } from "#/test/faults/order.ts";
import type { Random } from "#/test/faults/random.ts";

const agents = ["knowledge", "planner", "browser"] as const;

export type Shape = Omit<Order, "nonce">;

export function task(ref: string, more: Partial<TaskOrder> = {}): TaskOrder {
  return { ref, agent: "knowledge", does: "echo", ms: 50, times: 0, bytes: 0, after: [], priority: "normal", ...more };
}

/** One to six tasks of up to a second, some of which talk, wait for another, or carry more; an answer that is streamed. */
export function mixedOrder(random: Random): Shape {
  const tasks = Array.from({ length: random.between(1, 6) }, (_, index) =>
    task(`t${index + 1}`, {
      agent: random.pick(agents),
      does: random.chance(0.2) ? "chatter" : "echo",
      ms: random.chance(0.3) ? random.between(300, 1_000) : random.between(5, 200),
      bytes: random.chance(0.1) ? random.between(1_000, 20_000) : 0,
      after: index > 0 && random.chance(0.2) ? [`t${random.between(1, index)}`] : [],
      priority: random.pick(["high", "normal", "normal", "low"]),
    }),
  );
  return { tasks, words: random.between(5, 60), delta: random.between(5, 40), pauseMs: random.between(0, 8) };
}

/** Tasks of seconds that leave the processor idle: many are held at any moment, and what is measured is not the queue for it. */
export function steadyOrder(random: Random): Shape {
  const tasks = Array.from({ length: random.between(3, 5) }, (_, index) =>
    task(`t${index + 1}`, {
      agent: random.pick(agents),
      does: random.chance(0.1) ? "chatter" : "echo",
      ms: random.between(500, 2_500),
    }),
  );
  return { tasks, words: random.between(5, 30), delta: 20, pauseMs: 5 };
}

/** Many short tasks: what matters is their number. */
export function shortOrder(random: Random): Shape {
  const tasks = Array.from({ length: 5 }, (_, index) =>
    task(`t${index + 1}`, { agent: random.pick(agents), ms: random.between(0, 20) }),
  );
  return { tasks, words: 3, delta: 200, pauseMs: 0 };
}

/** The main agent alone, with an answer that takes about `ms`. */
export function longAnswer(ms: number): Shape {
  return { tasks: [], words: Math.ceil(ms / 40), delta: 3, pauseMs: 10 };
}
