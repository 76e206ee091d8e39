import type { ReservedSql, Sql } from "postgres";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { answered } from "#/lib/store/answered.ts";
import type { Store } from "#/lib/store/db.ts";
import { loadAgentTypes, loadedRuns, loadOpenTasks, loadTasks, lockRuns } from "#/lib/store/load-runs.ts";
import { loggedTasks } from "#/lib/store/logged-tasks.ts";
import type { LoadedRun, LoggedTask } from "#/lib/store/run-state.ts";
import { type Changes, saveRuns, type Unread } from "#/lib/store/save-runs.ts";
import { inOneTrip, inTwoTrips } from "#/lib/store/trips.ts";

/** What a change wants to see. */
export type Wanted = {
  readonly runIds: readonly string[];
  /** Settled tasks that matter, too. */
  readonly taskIds: readonly string[];
  /** Which agents are registered. */
  readonly agents: boolean;
};

/** Runs with their open tasks. */
export type Runs = ReadonlyMap<string, LoadedRun>;

export type Snapshot = {
  readonly runs: Runs;
  /** Types that somebody has registered, when that was asked for. */
  readonly agentTypes: ReadonlySet<string>;
};

/** What somebody holds for true of what he wants to see. */
export type Guess = {
  readonly runs: Runs;
  readonly agentTypes?: ReadonlySet<string> | undefined;
};

/** What follows from a snapshot. */
export type Decision = {
  readonly changes: Changes;
  /** Further statements of the same transaction, such as an artifact's insert. */
  readonly more: readonly ((sql: ReservedSql) => PromiseLike<unknown>)[];
  /** Tasks of which the log is read behind the change. */
  readonly asked: readonly string[];
};

/**
 * Changes several runs in one transaction: what is wanted is read, the runs under their locks, `decide` looks at it and says
 * what changes, without waiting for anything, and that is written. Gives what was asked of the log.
 *
 * What is in the `guess` is not read. When a run that is changed is not as it was guessed, nothing at all is written, and a
 * statement error is thrown; of one that is not changed nobody learns whether the guess was right.
 */
export async function commitRuns(
  store: Store,
  wanted: Wanted,
  guess: Guess,
  lockTimeoutMs: number,
  decide: (snapshot: Snapshot) => Decision,
): Promise<readonly LoggedTask[]> {
  const { runs: known, agentTypes } = guess;
  const { taskIds, agents } = wanted;
  const runIds = wanted.runIds.filter((id) => !known.has(id));
  const readsAgents = agents && agentTypes === undefined;
  if (runIds.length + taskIds.length === 0 && !readsAgents) {
    return sendAtOnce(store, decide({ runs: known, agentTypes: agentTypes ?? new Set() }), known);
  }
  const [, logged] = await inTwoTrips(
    store,
    lockTimeoutMs,
    (sql) => [
      runIds.length === 0 ? [] : lockRuns(sql, runIds),
      runIds.length === 0 ? [] : loadOpenTasks(sql, runIds),
      taskIds.length === 0 ? [] : loadTasks(sql, taskIds),
      readsAgents ? loadAgentTypes(sql) : [],
    ],
    (sql, runs, open, named, registered) => {
      const types = agentTypes ?? new Set(registered.map(({ type }) => type));
      return send(sql, decide({ runs: loadedRuns(known, runs, open, named), agentTypes: types }), known);
    },
  );
  return logged;
}

async function sendAtOnce(store: Store, decision: Decision, known: Runs): Promise<readonly LoggedTask[]> {
  const { changes, more, asked } = decision;
  if (more.length + asked.length === 0) {
    await answered(store, "hot", (sql: Sql) => saveRuns(sql, changes, unreadOf(changes, known)));
    return [];
  }
  if (more.length > 0) {
    const [, logged] = await inOneTrip(store, "together", (sql) => send(sql, decision, known));
    return logged;
  }
  // One statement is a transaction by itself, and what is read behind it need not be a part of it.
  const [, logged] = await inOneTrip(store, "one by one", (sql) => [
    saveRuns(sql, changes, unreadOf(changes, known)).execute(),
    loggedTasks(sql, asked).catch(unheard),
  ]);
  return logged;
}

/** A statement error would say that nothing was written. */
function unheard(cause: unknown): never {
  const message = `What follows from a change could not be read: ${messageOf(cause)}`;
  throw new DeputyError("database-away", message, { retryable: true });
}

/** The changes are sent before `more` is called, whose statements may read what they have written, and the log is read last. */
function send(sql: ReservedSql, { changes, more, asked }: Decision, known: Runs) {
  const saved = isEmpty(changes) ? null : saveRuns(sql, changes, unreadOf(changes, known)).execute();
  const further = more.map(async (statement) => statement(sql));
  const logged = asked.length === 0 ? [] : loggedTasks(sql, asked);
  return [saved, logged, ...further] as const;
}

function unreadOf({ runs }: Changes, known: Runs): Unread {
  return runs.flatMap(({ run }) => known.get(run.id)?.run ?? []);
}

function isEmpty({ runs, created, changed, events }: Changes): boolean {
  return runs.length + created.length + changed.length + events.length === 0;
}
