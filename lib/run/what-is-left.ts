import { now, SECOND } from "#/lib/clock.ts";
import type { Left } from "#/lib/run/beyond-what-is-left.ts";
import type { Context } from "#/lib/run/context.ts";
import { foldRun } from "#/lib/run/fold-run.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";
import { readTimeLeft } from "#/lib/store/time-left.ts";

/** What a run may use that has not begun. */
export function leftOfNewRun({ env: { budgets } }: Context): Left {
  return { costUsdLeft: budgets.costUsd > 0 ? budgets.costUsd : null, secondsLeft: budgets.runMs / SECOND };
}

/** What a run may use for certain, known without asking: no money where there is a limit, and no time for its pauses. */
export function leastLeft({ env: { budgets } }: Context, { run }: RunChange): Left {
  const ageMs = now() - Date.parse(run.createdAt);
  return { costUsdLeft: budgets.costUsd > 0 ? 0 : null, secondsLeft: (budgets.runMs - ageMs) / SECOND };
}

/** What a run may still use. */
export async function readLeft(context: Context, runId: string): Promise<Left> {
  const { env, store } = context;
  const { costUsd } = env.budgets;
  const [timeLeftMs, logs] = await Promise.all([
    readTimeLeft(store.db, runId),
    costUsd > 0 ? readEventsOfRuns(store.db, [runId], ["model.called"]) : new Map(),
  ]);
  const spentUsd = foldRun(logs.get(runId) ?? []).spent.costUsd;
  return { costUsdLeft: costUsd > 0 ? Math.max(0, costUsd - spentUsd) : null, secondsLeft: (timeLeftMs ?? 0) / SECOND };
}
