import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { now, sleep } from "#/lib/clock.ts";
import { identify, isAlive, ProcessIdentity } from "#/lib/launch/process-identity.ts";

const Entries = z.record(z.string(), ProcessIdentity);

export type Roster = {
  /** Notes that the child of this name is now that process. */
  note(name: string, pid: number): void;
  /** Ends the children of an earlier launcher that still live; gives their names. */
  endLeftovers(): Promise<string[]>;
  clear(): void;
};

const PATIENCE_MS = 5_000;

/** The list of a launcher's children in a file, for the launcher after it, in case this one is killed. */
export function openRoster(path: string): Roster {
  const entries = new Map<string, ProcessIdentity>();
  return {
    note: (name, pid) => {
      entries.set(name, identify(pid));
      writeFileSync(path, JSON.stringify(Object.fromEntries(entries)));
    },
    endLeftovers: () => endAll(readEntries(path)),
    clear: () => rmSync(path, { force: true }),
  };
}

async function endAll(recorded: Record<string, ProcessIdentity>): Promise<string[]> {
  const left = Object.entries(recorded).filter(([, identity]) => isAlive(identity));
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const deadline = now() + PATIENCE_MS;
    for (const [, identity] of left) if (isAlive(identity)) process.kill(identity.pid, signal);
    while (now() < deadline && left.some(([, identity]) => isAlive(identity))) await sleep(20);
  }
  return left.map(([name]) => name);
}

/** A file that is missing or damaged names nobody. */
function readEntries(path: string): Record<string, ProcessIdentity> {
  try {
    return Entries.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return {};
  }
}
