import { describe, expect, test } from "vitest";
import { between, formatAgo, formatDuration } from "#/app/_ui/duration.ts";

describe("formatDuration", () => {
  test.each([
    [0, "0 ms"],
    [40.4, "40 ms"],
    [449, "0.4 s"],
    [9_999, "9.9 s"],
    [10_000, "10 s"],
    [59_999, "59 s"],
    [125_000, "2 min 05 s"],
    [3_840_000, "1 h 04 min"],
  ])("%i ms is %s", (milliseconds, words) => {
    expect(formatDuration(milliseconds)).toBe(words);
  });

  test("clocks that disagree never give a negative duration", () => {
    expect(formatDuration(-5_000)).toBe("0 ms");
  });
});

describe("formatAgo", () => {
  const nowMs = Date.parse("2026-11-21T12:00:00.000Z");
  test.each([
    ["2026-11-21T12:00:03.000Z", "now"],
    ["2026-11-21T11:55:00.000Z", "5 min"],
    ["2026-11-21T09:00:00.000Z", "3 h"],
    ["2026-11-19T12:00:00.000Z", "2 d"],
    ["2026-10-01T12:00:00.000Z", "2026-10-01"],
  ])("%s is %s", (at, words) => {
    expect(formatAgo(at, nowMs)).toBe(words);
  });
});

test("between counts to the end where there is one, else to now", () => {
  const from = "2026-11-21T12:00:00.000Z";
  expect(between(from, "2026-11-21T12:00:02.000Z", 0)).toBe(2_000);
  expect(between(from, undefined, Date.parse(from) + 500)).toBe(500);
});
