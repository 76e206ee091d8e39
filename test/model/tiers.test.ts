import { expect, it } from "vitest";
import { costOf } from "#/lib/model/prices.ts";
import { tierFor } from "#/lib/model/tiers.ts";

it("chooses the tier by complexity", () => {
  const tiers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(tierFor);
  const [fast, standard, large, expert] = ["fast", "standard", "large", "expert"];
  expect(tiers).toEqual([fast, fast, fast, standard, standard, large, large, expert, expert, expert]);
});

it("counts cached tokens at their own price, and dated names like the model they name", () => {
  const tokens = { input: 1_000_000, cached: 400_000, output: 100_000 };
  expect(costOf("gpt-5.4-mini", tokens)).toBeCloseTo(0.6 * 0.75 + 0.4 * 0.075 + 0.1 * 4.5);
  expect(costOf("gpt-5.4-mini-2026-03-17", tokens)).toBe(costOf("gpt-5.4-mini", tokens));
});

it("names no price that it does not know", () => {
  expect(costOf("llama3", { input: 1, cached: 0, output: 1 })).toBeNull();
  expect(costOf("gpt-5.4", { input: null, cached: 0, output: null })).toBeNull();
});
