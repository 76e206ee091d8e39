import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskState } from "#/lib/store/run-state.ts";
import { isOpen } from "#/lib/store/run-state.ts";
import { seeded } from "#/test/faults/random.ts";
import { type Delegated, isClaimable, type Setting, SimulatedRun } from "#/test/run/simulated-run.ts";

const task: fc.Arbitrary<Delegated> = fc.record({
  agent: fc.constantFrom("knowledge", "knowledge", "planner", "code"),
  mode: fc.constantFrom("parallel", "parallel", "hierarchical", "consensus", "market"),
  strict: fc.boolean(),
  condition: fc.constantFrom(undefined, undefined, undefined, "completed", "failed", "settled"),
  before: fc.array(fc.nat(999), { maxLength: 3 }),
});
const graph = fc.array(task, { minLength: 1, maxLength: 30, size: "max" });
const share = (most: number) => fc.double({ min: 0, max: most, noNaN: true });

function settings(by: Setting["by"]): fc.Arbitrary<Omit<Setting, "chance"> & { seed: number }> {
  return fc.record({
    by: fc.constant(by),
    liveLimit: fc.integer({ min: 1, max: 3 }),
    fails: share(0.6),
    cancels: share(0.1),
    reopens: share(0.2),
    replans: share(0.3),
    seed: fc.integer(),
  });
}

/**
 * Open tasks that wait for nothing that must end: an attempt has a deadline from its claim on, and what is claimable is
 * claimed or rung again; everything else has to lead there, by what it depends on, by its parts, by the places of its agent,
 * or by the main agent that is asked about it.
 */
function stuck(run: SimulatedRun, setting: Pick<Setting, "by" | "liveLimit">): string[] {
  const known = new Map<string, boolean>();
  const ends = (one: TaskState): boolean => {
    const before = known.get(one.id);
    if (before !== undefined) return before;
    // Whoever waits for himself finds this.
    known.set(one.id, false);
    const is = leadsOn(one);
    known.set(one.id, is);
    return is;
  };
  const all = [...run.tasks.values()];
  const leadsOn = (one: TaskState): boolean => {
    if (one.status === "in_progress" || isClaimable(one.status, one.dispatched)) return true;
    if (one.status === "waiting") {
      if (one.parentId === null && run.isOpenForMore) return true;
      const parts = all.filter(({ parentId, status }) => parentId === one.id && isOpen(status));
      return parts.length > 0 && parts.every(ends);
    }
    const needed = one.dependsOn.flatMap((id) => run.tasks.get(id) ?? []);
    if (isRuledOut(one, needed)) return setting.by === "main" && one.part === null && run.root.status !== "waiting";
    const open = needed.filter(({ status }) => isOpen(status));
    if (open.length > 0) return open.every(ends);
    const live = all.filter((other) => other.agent === one.agent && other.dispatched && isLive(other));
    return live.length >= setting.liveLimit;
  };
  return run.open().flatMap((one) => (ends(one) ? [] : [`${one.ref} (${one.status})`]));
}

const isLive = ({ status }: TaskState) => status === "pending" || status === "in_progress";

/** The rules of docs/orchestration.md, with everything known that happened. */
function isRuledOut({ condition, part }: TaskState, needed: readonly TaskState[]): boolean {
  if (condition === "settled" || (part !== null && part !== "subtask")) return false;
  const lost = needed.filter(({ status }) => status === "failed" || status === "cancelled");
  if (condition === "completed") return lost.length > 0;
  if (condition === "failed") return lost.length === 0 && needed.every(({ status }) => !isOpen(status));
  return lost.some(({ strict }) => strict);
}

describe.each(["program", "main"] as const)("any run that the %s delegates, with groups in groups", (by) => {
  it("has at every moment for each open task an end of its wait that has a deadline, and comes to its end", () => {
    fc.assert(
      fc.property(graph, settings(by), (delegated, { seed, ...setting }) => {
        const run = new SimulatedRun(delegated, { ...setting, chance: seeded(seed).next });
        for (let steps = 0; run.isActive; steps += 1) {
          expect(stuck(run, setting)).toEqual([]);
          expect(run.step()).toBe(true);
          expect(steps).toBeLessThan(20_000);
        }
        expect(run.open()).toEqual([]);
      }),
      { numRuns: 150, interruptAfterTimeLimit: 10_000 },
    );
  });
});
