import { setTimeout as pause } from "node:timers/promises";
import type { Stack } from "#/test/faults/stack.ts";

/** The longest times, in milliseconds, in which nothing moved while a trouble lasted. */
export type Silence = { readonly tasks: number; readonly events: number };

const LOOK_EVERY_MS = 40;

/** How long no agent ended a task, and no viewer saw an event, until `over` settles. */
export async function silenceWhile(stack: Stack, over: Promise<unknown>): Promise<Silence> {
  const done = () =>
    stack.effects.read().reduce((sum, { kind, endedAt }) => sum + (kind === "task" && endedAt ? 1 : 0), 0);
  const seen = () => stack.ledger.reduce((sum, { followed }) => sum + (followed[0]?.hashes.length ?? 0), 0);
  const [tasks, events] = await Promise.all([longestPause(done, over), longestPause(seen, over)]);
  return { tasks, events };
}

async function longestPause(count: () => number, over: Promise<unknown>): Promise<number> {
  let isOver = false;
  const end = over.finally(() => {
    isOver = true;
  });
  let known = count();
  let since = performance.now();
  let longest = 0;
  while (!isOver) {
    await pause(LOOK_EVERY_MS);
    const now = count();
    longest = Math.max(longest, performance.now() - since);
    if (now > known) since = performance.now();
    known = now;
  }
  await end;
  return longest;
}
