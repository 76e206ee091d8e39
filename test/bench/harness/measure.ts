import { type Load, Timed } from "#/test/bench/harness/closed-loop.ts";
import type { Member } from "#/test/bench/harness/member.ts";
import { cpuMs } from "#/test/bench/harness/process-tree.ts";

export type Measured = Timed & { readonly perSecond: number; readonly cpuMicrosPerCall: number };

/** The requester's closed loop with the CPU time that all the processes named spent meanwhile. */
export async function measure(requester: Member, load: Load, pids: readonly number[]): Promise<Measured> {
  const before = cpuMs(pids);
  const timed = await requester.ask("load", load, Timed);
  const spentMs = cpuMs(pids) - before;
  return { ...timed, perSecond: timed.done / timed.seconds, cpuMicrosPerCall: (spentMs * 1_000) / timed.done };
}

/** Runs `work` with members that are stopped whatever happens, the last started first. */
export async function withMembers<T>(
  starts: readonly (() => Promise<Member>)[],
  work: (members: readonly Member[]) => Promise<T>,
): Promise<T> {
  const members: Member[] = [];
  try {
    for (const start of starts) members.push(await start());
    return await work(members);
  } finally {
    for (const member of members.toReversed()) await member.stop();
  }
}
