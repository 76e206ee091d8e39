import type { TimedNode } from "#/lib/graph/estimate.ts";
import { type Chain, chainTo } from "#/lib/run/path-of-output.ts";

/** What a run may still use. Null or absent: as much as it takes. */
export type Left = {
  /** US dollars. */
  readonly costUsdLeft?: number | null;
  readonly secondsLeft?: number | null;
};

/** Why a run cannot pay for something, with both sums and the setting; null when it can. `what` leads to the estimate. */
export function beyondMoney(what: string, costUsd: number, { costUsdLeft = null }: Left): string | null {
  if (costUsdLeft === null || costUsd <= costUsdLeft) return null;
  return `${what} ${usd(costUsd)}, and the run has ${usd(Math.max(0, costUsdLeft))} left (setting DEPUTY_MAX_COST_USD).`;
}

/** The same of its time. */
export function beyondTime(what: string, seconds: number, { secondsLeft = null }: Left): string | null {
  if (secondsLeft === null || seconds <= secondsLeft) return null;
  const has = Math.floor(Math.max(0, secondsLeft));
  return `${what} ${Math.ceil(seconds)} s, and the run has ${has} s left (setting DEPUTY_RUN_MINUTES).`;
}

export type EstimatedTask = TimedNode & { readonly costUsd: number };

/**
 * Why a run cannot afford these tasks together, or null: costs add up over all of them, times only along the chain of those
 * that wait for one another. `nodeOf`: the open tasks that the run has already, which they may wait for.
 */
export function beyondWhatIsLeft(
  tasks: readonly EstimatedTask[],
  left: Left,
  nodeOf: (ref: string) => TimedNode | undefined,
): string | null {
  const costUsd = tasks.reduce((sum, task) => sum + task.costUsd, 0);
  const together = tasks.length === 1 ? "The task is estimated at" : "The tasks are together estimated at";
  return beyondMoney(together, costUsd, left) ?? chainBeyondTime(chainTo(tasks, nodeOf), left);
}

export function chainBeyondTime({ seconds, path }: Chain, left: Left): string | null {
  const what = path.length === 1 ? `${path[0]} is` : `${shownChain(path)}, one behind the other, are`;
  return beyondTime(`${what} estimated at`, seconds, left);
}

const shownRefs = 5;

export function shownRefsOf(refs: readonly string[]): string {
  const more = refs.length - shownRefs;
  return more > 0 ? `${refs.slice(0, shownRefs).join(", ")} and ${more} more` : refs.join(", ");
}

/** The whole of a short chain, both ends of a long one. */
function shownChain(path: readonly string[]): string {
  if (path.length <= 2 * shownRefs) return path.join(" -> ");
  const between = `(${path.length - 2 * shownRefs} more)`;
  return [...path.slice(0, shownRefs), between, ...path.slice(-shownRefs)].join(" -> ");
}

const usd = (amount: number) => `$${amount.toFixed(4)}`;
