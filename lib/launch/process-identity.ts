import { readFileSync } from "node:fs";
import { z } from "zod";

/** A process beyond its number, which the system gives to others later: with the moment at which it was started. */
export const ProcessIdentity = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks since the system's start, as /proc says it; empty where there is no /proc. */
  startedAt: z.string(),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

export function identify(pid: number): ProcessIdentity {
  return { pid, startedAt: startTime(pid) };
}

/** True while that very process exists and is not merely waiting to be reaped. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if (codeOf(thrown) !== "EPERM") return false;
  }
  return startTime(pid) === startedAt;
}

export function parentOf(pid: number): number {
  return Number(statFields(pid)[1] ?? 0);
}

/** Field 22 of /proc/<pid>/stat. */
function startTime(pid: number): string {
  const fields = statFields(pid);
  return fields[0] === "Z" ? "" : (fields[19] ?? "");
}

/** From the third field on: the state. The name before it may itself hold blanks and brackets. */
function statFields(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : undefined;
}
