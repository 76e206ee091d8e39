import type { Env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { type OpenRun, openOrchestrator } from "#/lib/orchestrator.ts";
import { type Context, closeContext, openContext } from "#/lib/run/context.ts";
import { stopFollowing } from "#/lib/run/follow-run.ts";
import { readHealth } from "#/lib/run/health.ts";
import type { LoadOptions } from "#/test/bench/load/options.ts";
import type { LoadOutcome } from "#/test/bench/load/report.ts";

/**
 * Delegates all tasks, as many at once as there are agents, spread over runs within the settings' budgets. Every task is
 * settled when this resolves; a failed one is counted, never thrown. Throws when Postgres, Redis or a worker is missing.
 */
export async function delegateAll(
  settings: Env,
  { agents, tasks, type, task }: LoadOptions,
  onSettled: (settled: number, failed: number) => void,
): Promise<LoadOutcome> {
  const context = openContext(settings);
  const orchestrator = openOrchestrator(context);
  const { liveTasks, tasks: mostTasks } = settings.budgets;
  const latencies: number[] = [];
  const failures: string[] = [];
  const closing: Promise<void>[] = [];
  let begun = 0;

  /** One run, and so many of the agents as it may have tasks alive. */
  async function takePart(callers: number): Promise<void> {
    while (begun < tasks) {
      const run = await orchestrator.open({ title: `Load test: ${tasks} tasks` });
      let left = mostTasks;
      const call = async () => {
        while (begun < tasks && left > 0) {
          begun += 1;
          left -= 1;
          await delegate(run);
        }
      };
      await Promise.all(Array.from({ length: callers }, call));
      closing.push(run.close());
    }
  }

  async function delegate(run: OpenRun): Promise<void> {
    const startedAt = performance.now();
    try {
      await (await run.delegate({ agent: type, task })).result();
      latencies.push(performance.now() - startedAt);
    } catch (thrown) {
      failures.push(messageOf(thrown));
    }
    onSettled(latencies.length + failures.length, failures.length);
  }

  try {
    await requireHealth(context);
    const startedAt = performance.now();
    const parts = Array.from({ length: Math.ceil(agents / liveTasks) }, (_, at) =>
      Math.min(liveTasks, agents - at * liveTasks),
    );
    await Promise.all(parts.map(takePart));
    const seconds = (performance.now() - startedAt) / 1_000;
    await Promise.all(closing);
    return { seconds, latencies, failures };
  } finally {
    stopFollowing(context);
    await closeContext(context);
  }
}

/** Else every task would wait for ever. */
async function requireHealth(context: Context): Promise<void> {
  const { postgres, redis, workers } = await readHealth(context);
  if (postgres !== "ok") throw new Error("The Postgres of DATABASE_URL cannot be used: it does not answer a query.");
  if (redis !== "ok") throw new Error(`The Redis of REDIS_URL cannot be used: ${redis}`);
  if (workers !== "ok") throw new Error("No worker is alive at these addresses; start one: node agents/worker.ts");
}
