import type { EventData } from "#/lib/protocol/event.ts";
import type { Failure } from "#/lib/protocol/task.ts";

/** What a model call says of its cost. */
export type Called = Pick<EventData<"model.called">, "inputTokens" | "outputTokens" | "costUsd">;

/** What the model calls of a run have used. Counts that no server gave are 0 here. */
export type Spending = {
  readonly calls: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** Calls whose price is not known. */
  readonly unpriced: number;
};

/** 0: no limit. */
export type SpendingLimits = { readonly tokens: number; readonly costUsd: number };

export const nothingSpent: Spending = { calls: 0, tokens: 0, costUsd: 0, unpriced: 0 };

export function spend(before: Spending, call: Called): Spending {
  return {
    calls: before.calls + 1,
    tokens: before.tokens + (call.inputTokens ?? 0) + (call.outputTokens ?? 0),
    costUsd: before.costUsd + (call.costUsd ?? 0),
    unpriced: before.unpriced + (call.costUsd === null ? 1 : 0),
  };
}

/** Why a run may not call a model again; null while it may. To be asked before each call. */
export function overBudget(spent: Spending, limits: SpendingLimits): Failure | null {
  if (limits.tokens > 0 && spent.tokens >= limits.tokens)
    return { code: "budget-tokens", message: tokens(spent, limits) };
  if (limits.costUsd > 0 && spent.costUsd >= limits.costUsd)
    return { code: "budget-money", message: money(spent, limits) };
  return null;
}

function tokens(spent: Spending, limits: SpendingLimits): string {
  return `The models have used ${counted(spent.tokens)} tokens for this run; at most ${counted(limits.tokens)} are allowed (setting DEPUTY_MAX_TOKENS).`;
}

function money(spent: Spending, limits: SpendingLimits): string {
  const said = `The models have cost ${dollars(spent.costUsd)} for this run; at most ${dollars(limits.costUsd)} are allowed (setting DEPUTY_MAX_COST_USD).`;
  if (spent.unpriced === 0) return said;
  return `${said} The price of ${spent.unpriced} of its ${spent.calls} calls is not known, and counts as nothing.`;
}

const counted = (count: number) => count.toLocaleString("en-US");

/** As many digits as small sums need: $0.50, $0.0012. */
function dollars(amount: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 4 };
  return `$${amount.toLocaleString("en-US", digits)}`;
}
