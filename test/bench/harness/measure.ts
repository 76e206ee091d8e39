import { type Load, Timed } from "#/test/bench/harness/closed-loop.ts";
import type { Member } from "#/test/bench/harness/member.ts";
import { cpuMs } from "#/test/bench/harness/process-tree.ts";

/** The processes that take part, by what they are: each with everything below it. */
export type Parts = Readonly<Record<string, number>>;

export type Measured = Timed & {
  readonly perSecond: number;
  /** All parts together. */
  readonly cpuMicrosPerCall: number;
  /** Microseconds a call of each part. */
  readonly cpuOf: Readonly<Record<string, number>>;
};

/** The requester's closed loop with the CPU time that the parts spent meanwhile. */
export async function measure(requester: Member, load: Load, parts: Parts): Promise<Measured> {
  const before = Object.values(parts).map((pid) => cpuMs([pid]));
  const timed = await requester.ask("load", load, Timed);
  const spent = Object.entries(parts).map(([name, pid], at) => {
    return [name, ((cpuMs([pid]) - (before[at] ?? 0)) * 1_000) / timed.done] as const;
  });
  return {
    ...timed,
    perSecond: timed.done / timed.seconds,
    cpuMicrosPerCall: spent.reduce((sum, [, micros]) => sum + micros, 0),
    cpuOf: Object.fromEntries(spent),
  };
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
