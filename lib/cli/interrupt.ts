import { ticks } from "#/lib/clock.ts";

/** One Ctrl-C may arrive twice, from the terminal and from a parent (npm, or the older Node that started this one). */
const sameKeyMs = 300;

/** Calls `first` at the first Ctrl-C and `second` at the next one. The returned function restores what was before. */
export function onInterrupt(first: () => void, second: () => void): () => void {
  let lastAt: number | null = null;
  const listener = () => {
    if (lastAt === null) first();
    else if (ticks() - lastAt > sameKeyMs) second();
    else return;
    lastAt = ticks();
  };
  process.on("SIGINT", listener);
  return () => process.off("SIGINT", listener);
}
