import { relative } from "node:path";
import { ticks } from "#/lib/clock.ts";

export type Say = (line: string) => void;

/** Prints lines to standard output, each with the seconds since the start. A closed terminal ends the printing, not the product. */
export function openSay(startedAt: number = ticks()): Say {
  process.stdout.on("error", () => {});
  return (line) => {
    const seconds = ((ticks() - startedAt) / 1_000).toFixed(1).padStart(6);
    process.stdout.write(`${seconds} s  ${line}\n`);
  };
}

/** As a person would write it: relative to where they stand, when it is below. */
export function shownPath(path: string): string {
  const short = relative("", path);
  return short.startsWith("..") ? path : short || ".";
}
