import type { Context } from "#/lib/run/context.ts";
import { LEASE_MS } from "#/lib/run/lease.ts";
import { countDocuments } from "#/lib/store/documents.ts";
import { readRefusals } from "#/lib/store/refusals.ts";
import { readStatistics as readCounts } from "#/lib/store/statistics.ts";
import { listLiveWorkers } from "#/lib/store/workers.ts";

/** What there is, counted: runs by status, delegated tasks by agent and status, documents, workers. */
export async function readStatistics(context: Context) {
  const { db } = context.store;
  const [counts, documents, workers, refused] = await Promise.all([
    readCounts(db),
    countDocuments(db),
    listLiveWorkers(db, LEASE_MS),
    readRefusals(db),
  ]);
  const runs = Object.fromEntries(counts.runs.map(({ status, count }) => [status, count]));
  const tasks: Record<string, Record<string, number>> = {};
  for (const { agent, status, count } of counts.tasks) tasks[agent] = { ...tasks[agent], [status]: count };
  return {
    runs,
    tasks,
    ...documents,
    /** Entries, and late outcomes, that were not believed, by reason. */
    refused,
    workers: workers.map(({ id, host, pid, version, agents, load, startedAt }) => ({
      id,
      host,
      pid,
      version,
      agents,
      load,
      startedAt: new Date(startedAt).toISOString(),
    })),
  };
}
