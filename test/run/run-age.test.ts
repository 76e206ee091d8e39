import { describe, expect, it } from "vitest";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { foldEvents, foldRun, newFold } from "#/lib/run/fold-run.ts";

const start = Date.parse("2026-01-01T12:00:00.000Z");

function events(
  ...said: readonly (readonly [type: "task.dispatched" | "run.paused" | "run.resumed", second: number])[]
) {
  return said.map(([type, second], index): RunEvent => {
    const at = new Date(start + second * 1_000).toISOString();
    const shared = { runId: "r", seq: index + 1, at, v: 1 };
    return type === "task.dispatched" ? { ...shared, type, data: {} } : { ...shared, type, data: { by: "user" } };
  });
}

describe("the age of a run", () => {
  it("is told by the times in its log, and by no clock of the process that reads it", () => {
    expect(foldRun(events(["task.dispatched", 0], ["task.dispatched", 12])).ageMs).toBe(12_000);
  });

  it("leaves out the time for which it was paused", () => {
    const log = events(["task.dispatched", 0], ["run.paused", 10], ["run.resumed", 100], ["task.dispatched", 105]);
    expect(foldRun(log).ageMs).toBe(15_000);
  });

  it("does not change by what this process has written and has no time yet", () => {
    const run = newFold();
    const [first, second, third] = events(["task.dispatched", 0], ["task.dispatched", 50], ["task.dispatched", 60]);
    if (!first || !second || !third) throw new Error("three events were made");
    foldEvents(run, [first, { ...second, at: "" }]);
    expect(run.ageMs).toBe(0);
    foldEvents(run, [third]);
    expect(run.ageMs).toBe(60_000);
  });
});
