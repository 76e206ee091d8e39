import { describe, expect, it } from "vitest";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { type Follower, LiveRun } from "#/lib/run/follow/live-run.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";

const KB = 1_024;

function page(after: number, last: number, bytes = 100, active = true): LogPage {
  const events = Array.from({ length: last - after }, (_, index) => ({ seq: after + index + 1 }) as RunEvent);
  return { after, last, events, bytes, lastSeq: last, active };
}

function follower(seen: number) {
  const heard: string[] = [];
  const own = { seen, heard, wake: (why: string) => void heard.push(why), drop: () => void heard.push("drop") };
  return own satisfies Follower;
}

const seqs = (found: LogPage | null) => found?.events.map(({ seq }) => seq) ?? null;

function begun(seq = 0): LiveRun {
  const run = new LiveRun();
  run.begin(seq);
  return run;
}

describe("a run that is followed", () => {
  it("holds nothing before somebody has read its log to the end, and what follows from then on", () => {
    const run = new LiveRun();
    expect(run.holds(0)).toBe(false);
    run.begin(5);
    run.begin(2);
    expect([run.holds(4), run.holds(5), run.head]).toEqual([false, true, 5]);
  });

  it("gives the page itself behind its beginning, and the rest of it behind its middle", () => {
    const run = begun();
    const first = page(0, 3);
    run.take(first);
    expect(run.pageBehind(0)).toBe(first);
    expect(seqs(run.pageBehind(2))).toEqual([3]);
    expect(run.pageBehind(3)).toBeNull();
  });

  it("leaves out what it was given before", () => {
    const run = begun();
    run.take(page(0, 3));
    run.take(page(1, 5));
    run.take(page(0, 2));
    expect(seqs(run.pageBehind(3))).toEqual([4, 5]);
    expect(run.head).toBe(5);
  });

  it("wakes its followers when it has grown or is gone, not when there is no news", () => {
    const run = begun();
    const one = follower(0);
    run.join(one);
    run.take(page(0, 1));
    run.take(page(1, 1));
    expect(one.heard).toEqual(["grown"]);
    run.take(null);
    expect(one.heard).toEqual(["grown", "grown"]);
    expect(run.over).toBe(true);
  });

  it("is over when its counter stands still for good and all of it was given", () => {
    const run = begun();
    run.take({ ...page(0, 2, 100, false), lastSeq: 3 });
    expect(run.over).toBe(false);
    run.take(page(2, 3, 100, false));
    expect(run.over).toBe(true);
  });

  it("forgets old pages when nobody needs them", () => {
    const run = begun();
    for (let seq = 0; seq < 100; seq += 1) run.take(page(seq, seq + 1, 10 * KB));
    expect(run.holds(99)).toBe(true);
    expect(run.holds(80)).toBe(false);
  });

  it("keeps up to 1 MB for a slow follower, then drops him alone", () => {
    const run = begun();
    const [slow, quick] = [follower(0), follower(0)];
    run.join(slow);
    run.join(quick);
    for (let seq = 0; seq < 150 && !slow.heard.includes("drop"); seq += 1) {
      run.take(page(seq, seq + 1, 10 * KB));
      quick.seen = seq + 1;
      if (seq < 100) expect(seqs(run.pageBehind(0))).toEqual([1]);
    }
    expect(slow.heard).toContain("drop");
    expect(quick.heard).not.toContain("drop");
    expect(run.head).toBeLessThan(110);
    expect(run.followers).toBe(1);
  });

  it("keeps the newest page, however large, until the next one", () => {
    const run = begun();
    const one = follower(0);
    run.join(one);
    run.take(page(0, 1, 5_000 * KB));
    expect(seqs(run.pageBehind(0))).toEqual([1]);
    expect(one.heard).toEqual(["grown"]);
  });
});
