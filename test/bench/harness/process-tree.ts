import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second, on every architecture that Node runs on. */
const TICK_MS = 10;

type Stat = { readonly pid: number; readonly parent: number; readonly ticks: number };

/**
 * CPU milliseconds (user and system) that these processes and everything below them have used so far. What their ended
 * children used is in it from the moment they are reaped, so that differences miss nothing. Steps of 10 ms.
 */
export function cpuMs(roots: readonly number[]): number {
  return treeOf(roots).reduce((sum, { ticks }) => sum + ticks * TICK_MS, 0);
}

export type Memory = {
  /** What `ps` shows, summed: pages that processes share count once for each of them. */
  readonly rssMb: number;
  /** Shared pages divided among those who share them: the sum is what the machine misses. */
  readonly pssMb: number;
};

/** Memory of these processes and everything below them, now. */
export function memoryOf(roots: readonly number[]): Memory {
  const texts = treeOf(roots).map(({ pid }) => readText(`/proc/${pid}/smaps_rollup`));
  const sum = (name: string) => texts.reduce((total, text) => total + kilobytes(text, name), 0) / 1_024;
  return { rssMb: sum("Rss"), pssMb: sum("Pss") };
}

function treeOf(roots: readonly number[]): Stat[] {
  const stats = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? statOf(Number(name)) : []));
  const byParent = Map.groupBy(stats, ({ parent }) => parent);
  const found = stats.filter(({ pid }) => roots.includes(pid));
  const pids = new Set(found.map(({ pid }) => pid));
  for (const { pid } of found) {
    const fresh = (byParent.get(pid) ?? []).filter((child) => !pids.has(child.pid));
    for (const child of fresh) pids.add(child.pid);
    found.push(...fresh);
  }
  return found;
}

/** The name, second field, may hold anything; behind its last bracket come state, parent, ..., and four times at 14 to 17. */
function statOf(pid: number): Stat[] {
  const fields = readText(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ")
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return fields[1] === undefined ? [] : [{ pid, parent: fields[1], ticks }];
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

/** Empty for a process that ended while one looked. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
