import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Breaker, type Outcome } from "#/lib/model/breaker.ts";

const openMs = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

async function call(breaker: Breaker, ...outcomes: Outcome[]) {
  for (const outcome of outcomes) {
    const pass = breaker.enter();
    if (pass === null) throw new Error("the breaker is open");
    await pass.settle(outcome);
  }
}

async function opened() {
  const breaker = new Breaker({ failures: 3, openMs });
  await call(breaker, "failed", "failed", "failed");
  return breaker;
}

/** A breaker whose time is over. */
async function ripe() {
  const breaker = await opened();
  vi.advanceTimersByTime(openMs);
  return breaker;
}

describe("a closed breaker", () => {
  it("opens at the last of the failures in a row, and says how long", async () => {
    const breaker = new Breaker({ failures: 3, openMs });
    await call(breaker, "failed", "failed");
    expect(breaker.enter()).not.toBeNull();
    await call(breaker, "failed");
    expect(breaker.enter()).toBeNull();
    vi.advanceTimersByTime(20_000);
    expect(breaker).toMatchObject({ failures: 3, isTripped: true, waitMs: 40_000 });
  });

  it("counts anew after a success", async () => {
    const breaker = new Breaker({ failures: 3, openMs });
    await call(breaker, "failed", "failed", "succeeded", "failed", "failed");
    expect(breaker.isTripped).toBe(false);
  });

  it("counts a call that says nothing neither as a failure nor as a success", async () => {
    const breaker = new Breaker({ failures: 3, openMs });
    await call(breaker, "nothing", "nothing", "nothing", "failed", "failed");
    expect(breaker.isTripped).toBe(false);
    await call(breaker, "nothing", "failed");
    expect(breaker.isTripped).toBe(true);
  });

  it("counts the first outcome of a call only", async () => {
    const breaker = new Breaker({ failures: 2, openMs });
    const pass = breaker.enter();
    for (const outcome of ["failed", "failed", "succeeded"] as const) await pass?.settle(outcome);
    await call(breaker, "failed");
    expect(breaker.isTripped).toBe(true);
  });

  it("lets any number of calls run at once, and opens when they fail", async () => {
    const breaker = new Breaker({ failures: 3, openMs });
    const passes = [breaker.enter(), breaker.enter(), breaker.enter(), breaker.enter()];
    await Promise.all(passes.map((pass) => pass?.settle("failed")));
    expect(breaker.isTripped).toBe(true);
  });
});

describe("an open breaker", () => {
  it("lets nobody in before its time is over", async () => {
    const breaker = await opened();
    vi.advanceTimersByTime(openMs - 1);
    expect(breaker.enter()).toBeNull();
    vi.advanceTimersByTime(1);
    expect(breaker.enter()).not.toBeNull();
  });

  it("is not closed by a call that began before", async () => {
    const breaker = new Breaker({ failures: 1, openMs });
    const before = breaker.enter();
    await call(breaker, "failed");
    await before?.settle("succeeded");
    expect(breaker.enter()).toBeNull();
  });

  it("lets exactly one call try when its time is over", async () => {
    const breaker = await ripe();
    const probe = breaker.enter();
    expect(probe).not.toBeNull();
    expect(breaker.enter()).toBeNull();
    expect(breaker.waitMs).toBeGreaterThan(0);
    vi.advanceTimersByTime(10 * openMs);
    expect(breaker.enter()).toBeNull();
  });

  it("closes when the one call succeeds, and counts from the beginning", async () => {
    const breaker = await ripe();
    await call(breaker, "succeeded", "failed", "failed");
    expect(breaker.isTripped).toBe(false);
    expect(breaker.waitMs).toBe(0);
  });

  it("counts nothing twice when the one call is settled again", async () => {
    const breaker = await ripe();
    const probe = breaker.enter();
    await probe?.settle("succeeded");
    await probe?.settle("nothing");
    await call(breaker, "failed", "failed", "failed");
    expect(breaker.isTripped).toBe(true);
  });

  it("opens again for its whole time when the one call fails", async () => {
    const breaker = await ripe();
    await call(breaker, "failed");
    expect(breaker).toMatchObject({ failures: 4, isTripped: true, waitMs: openMs });
  });

  it("gives the place of a call that was given up to the next one", async () => {
    const breaker = await ripe();
    await call(breaker, "nothing", "nothing");
    expect(breaker.isTripped).toBe(true);
    const probe = breaker.enter();
    expect(breaker.enter()).toBeNull();
    await probe?.settle("succeeded");
    expect(breaker.isTripped).toBe(false);
  });

  it("recovers although a call from before failed while it was on trial", async () => {
    const breaker = new Breaker({ failures: 1, openMs });
    const before = breaker.enter();
    await call(breaker, "failed");
    vi.advanceTimersByTime(openMs);
    await call(breaker, "nothing");
    await before?.settle("failed");
    expect(breaker.enter()).toBeNull();
    vi.advanceTimersByTime(openMs);
    await call(breaker, "succeeded");
    expect(breaker.isTripped).toBe(false);
  });
});
