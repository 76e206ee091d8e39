import { expect, test } from "vitest";
import { formatShare, formatUsd } from "#/app/_ui/money.ts";

test.each([
  [0, "$0"],
  [0.00001, "under $0.0001"],
  [0.0042, "$0.0042"],
  [0.25, "$0.25"],
  [12, "$12.00"],
])("%d dollars read %s", (amount, words) => expect(formatUsd(amount)).toBe(words));

test("a share reads in whole percent", () => {
  expect([2 / 3, 0.6, 1].map(formatShare)).toEqual(["67 %", "60 %", "100 %"]);
});
