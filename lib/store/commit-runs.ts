import type { ReservedSql } from "postgres";
import type { Store } from "#/lib/store/db.ts";
import { loadAgentTypes, loadedRuns, loadOpenTasks, loadTasks, lockRuns } from "#/lib/store/load-runs.ts";
import type { LoadedRun } from "#/lib/store/run-state.ts";
import { type Changes, saveRuns } from "#/lib/store/save-runs.ts";
import { inTwoTrips } from "#/lib/store/two-trips.ts";

/** What is read under the locks, besides the runs and their open tasks. */
export type Wanted = {
  readonly runIds: readonly string[];
  /** Settled tasks that matter, too. */
  readonly taskIds: readonly string[];
  /** Which agents are registered. */
  readonly agents: boolean;
};

export type Snapshot = {
  readonly runs: ReadonlyMap<string, LoadedRun>;
  /** Types that somebody has registered, when that was asked for. */
  readonly agentTypes: ReadonlySet<string>;
};

/** What follows from a snapshot; `more` are further statements of the same transaction, such as an artifact's insert. */
export type Decision = {
  readonly changes: Changes;
  readonly more: readonly ((sql: ReservedSql) => PromiseLike<unknown>)[];
};

/**
 * Changes several runs in one transaction: the runs are locked and read, `decide` looks at them and says what changes,
 * without waiting for anything, and that is written.
 */
export function commitRuns(
  store: Store,
  wanted: Wanted,
  lockTimeoutMs: number,
  decide: (snapshot: Snapshot) => Decision,
): Promise<void> {
  return inTwoTrips(
    store,
    lockTimeoutMs,
    (sql) => [
      lockRuns(sql, wanted.runIds),
      loadOpenTasks(sql, wanted.runIds),
      wanted.taskIds.length === 0 ? [] : loadTasks(sql, wanted.taskIds),
      wanted.agents ? loadAgentTypes(sql) : [],
    ],
    (sql, runs, open, named, agents) =>
      send(
        sql,
        decide({
          runs: loadedRuns(runs, open, named),
          agentTypes: new Set(agents.map(({ type }) => type)),
        }),
      ),
  );
}

/** The changes are sent before `more` is called: a statement of it may read what they have written. */
function send(sql: ReservedSql, { changes, more }: Decision): readonly unknown[] {
  const saved = isEmpty(changes) ? null : saveRuns(sql, changes).execute();
  return [saved, ...more.map((statement) => statement(sql))];
}

function isEmpty({ runs, created, changed, events }: Changes): boolean {
  return runs.length + created.length + changed.length + events.length === 0;
}
