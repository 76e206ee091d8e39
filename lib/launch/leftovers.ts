import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { now, sleep } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";

/**
 * Ends servers that an earlier launcher left behind on a folder: the processes of these names whose working directory it is
 * (Postgres and Redis both stand in their data folder). Each signal is given 10 s. Harmless when there are none; throws
 * `leftover` when one does not go.
 */
export async function endLeftovers(
  dir: string,
  names: readonly string[],
  signals: readonly NodeJS.Signals[],
): Promise<number[]> {
  const found = processesIn(dir, names);
  for (const signal of signals) {
    for (const pid of processesIn(dir, names)) send(pid, signal);
    if (await gone(dir, names, 10_000)) return found;
  }
  const left = processesIn(dir, names).join(", ");
  throw new DeputyError(
    "leftover",
    `${names[0]} (process ${left}) still uses ${dir} and does not stop; end it and try again.`,
  );
}

/** The processes of these names, of whatever launcher, that stand in that folder. */
export function processesIn(dir: string, names: readonly string[]): number[] {
  const real = readable(() => realpathSync(dir));
  if (real === null) return [];
  return processNumbers().filter(
    (pid) =>
      readable(() => readlinkSync(`/proc/${pid}/cwd`)) === real &&
      names.includes(readable(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? ""),
  );
}

function processNumbers(): number[] {
  const entries = readable(() => readdirSync("/proc")) ?? [];
  return entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
}

/** A process may end, and a folder vanish, between listing and reading: that is no fault, there is just nothing there. */
function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  readable(() => process.kill(pid, signal));
}

async function gone(dir: string, names: readonly string[], withinMs: number): Promise<boolean> {
  const deadline = now() + withinMs;
  while (processesIn(dir, names).length > 0) {
    if (now() > deadline) return false;
    await sleep(20);
  }
  return true;
}
