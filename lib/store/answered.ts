import type { Sql } from "postgres";
import { SECOND, within } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Store } from "#/lib/store/db.ts";

/** Longer than any lock or statement may take by the server's own limits: only a dead connection is silent for so long. */
const ANSWER_WITHIN_MS = 9 * SECOND;

/**
 * What the pool answers; `database-away`, retryable, when it does not, for nothing may tell that a connection leads nowhere any
 * more: then the connections are replaced, so that what is asked next does not wait behind it.
 */
export async function answered<T>(
  store: Store,
  pool: "hot" | "relaxed",
  ask: (sql: Sql) => PromiseLike<T>,
): Promise<T> {
  const sql = store[pool];
  let isLate = false;
  const late = () => {
    isLate = true;
    return new DeputyError("database-away", "The database does not answer.", { retryable: true });
  };
  try {
    return await within(ANSWER_WITHIN_MS, Promise.resolve(ask(sql)), late);
  } finally {
    if (isLate) store.replace(sql);
  }
}
