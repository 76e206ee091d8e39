import type { ReservedSql } from "postgres";
import { answered } from "#/lib/store/answered.ts";
import { HOT_LOCK_MS, type Store } from "#/lib/store/db.ts";

type Answers<R extends readonly unknown[]> = { -readonly [K in keyof R]: Awaited<R[K]> };

/**
 * A transaction in two round trips: what `read` asks is sent at once, together with the begin, and what `write` makes of the
 * answers at once, together with the commit. Gives the answers to the latter. When anything fails nothing was written, and the
 * first error is thrown (when it is the connection that failed during the commit, nobody knows).
 */
export function inTwoTrips<const R extends readonly unknown[], const W extends readonly unknown[]>(
  store: Store,
  lockTimeoutMs: number,
  read: (sql: ReservedSql) => R,
  write: (sql: ReservedSql, ...rows: Answers<R>) => W,
): Promise<Answers<W>> {
  return onOneConnection(store, async (sql) => {
    // A query is sent when somebody waits for it: the begin must be the first.
    const patience = lockTimeoutMs === HOT_LOCK_MS ? "" : `; set local lock_timeout = ${lockTimeoutMs}`;
    const begun = sql.unsafe(`begin${patience}`).execute();
    const [, rows] = await Promise.all([begun, settled(read(sql))]);
    return settledThen(write(sql, ...rows), sql.unsafe("commit"));
  });
}

/** The same without reading anything before: as one transaction, or each statement as its own. */
export function inOneTrip<const W extends readonly unknown[]>(
  store: Store,
  how: "together" | "one by one",
  write: (sql: ReservedSql) => W,
): Promise<Answers<W>> {
  return onOneConnection(store, async (sql) => {
    if (how === "one by one") return settled(write(sql));
    const begun = sql.unsafe("begin").execute();
    const [, answers] = await Promise.all([begun, settledThen(write(sql), sql.unsafe("commit"))]);
    return answers;
  });
}

function onOneConnection<T>(store: Store, work: (sql: ReservedSql) => Promise<T>): Promise<T> {
  return answered(store, "hot", () => store.alone(work));
}

/** Waits for all, so that nothing is under way any more when the first error is thrown. */
async function settled<R extends readonly unknown[]>(all: R): Promise<Answers<R>> {
  const outcomes = await Promise.allSettled(all);
  const values = outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
  return values as Answers<R>;
}

async function settledThen<R extends readonly unknown[]>(all: R, last: PromiseLike<unknown>): Promise<Answers<R>> {
  const [answers] = await settled([settled(all), last]);
  return answers;
}
