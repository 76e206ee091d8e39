import { describe, expect, it } from "vitest";
import { type Called, nothingSpent, overBudget, spend } from "#/lib/run/spending.ts";

const call = (inputTokens: number | null, outputTokens: number | null, costUsd: number | null): Called => ({
  inputTokens,
  outputTokens,
  costUsd,
});
const spentOn = (...calls: Called[]) => calls.reduce(spend, nothingSpent);

describe("what a run may spend", () => {
  it("is without a limit at 0", () => {
    const spent = spentOn(call(9e9, 9e9, 9e9));
    expect(overBudget(spent, { tokens: 0, costUsd: 0 })).toBeNull();
  });

  it("ends at the limit of tokens, those of input and output of all calls together", () => {
    const limits = { tokens: 5_000, costUsd: 0 };
    expect(overBudget(spentOn(call(2_000, 500, 1), call(2_000, 499, 1)), limits)).toBeNull();
    expect(overBudget(spentOn(call(2_000, 500, 1), call(2_000, 500, 1)), limits)).toEqual({
      code: "budget-tokens",
      message: "The models have used 5,000 tokens for this run; at most 5,000 are allowed (setting DEPUTY_MAX_TOKENS).",
    });
  });

  it("ends at the limit of money", () => {
    const limits = { tokens: 0, costUsd: 0.5 };
    expect(overBudget(spentOn(call(1, 1, 0.25), call(1, 1, 0.2499)), limits)).toBeNull();
    expect(overBudget(spentOn(call(1, 1, 0.25), call(1, 1, 0.2612)), limits)).toEqual({
      code: "budget-money",
      message: "The models have cost $0.5112 for this run; at most $0.50 are allowed (setting DEPUTY_MAX_COST_USD).",
    });
  });

  it("counts what is not known as nothing, and says so where money ran out", () => {
    const spent = spentOn(call(null, 7, null), call(null, null, null), call(1, 2, 3));
    expect(spent).toEqual({ calls: 3, tokens: 10, costUsd: 3, unpriced: 2 });
    expect(overBudget(spent, { tokens: 0, costUsd: 1 })?.message).toContain(
      "The price of 2 of its 3 calls is not known, and counts as nothing.",
    );
  });

  it("names tokens first when both have run out", () => {
    expect(overBudget(spentOn(call(5, 5, 5)), { tokens: 1, costUsd: 1 })?.code).toBe("budget-tokens");
  });
});
