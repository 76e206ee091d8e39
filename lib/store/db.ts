import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import { connect, HOT_NAME } from "#/lib/store/connect.ts";
import * as schema from "#/lib/store/schema.ts";

type Schema = typeof schema;

/** A database, or a transaction in it: every function of lib/store takes either. */
export type Db = Pick<
  PostgresJsDatabase<Schema>,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "execute" | "transaction"
>;

export type Store = {
  readonly db: PostgresJsDatabase<Schema>;
  readonly sql: Sql;
  /** For the few statements that run all the time, on connections of their own: nothing else makes them wait. */
  readonly hot: Sql;
  /** The same, for what need not wait for the disk. */
  readonly relaxed: Sql;
  /** Gives up a pool of the two that does not answer; what waits in it fails. */
  replace(silent: Sql): void;
  close(): Promise<void>;
};

const CLOSE_SECONDS = 5;
const HOT_CONNECTIONS = 4;

/** A batch waits this long for the lock of a run, and is then taken apart, so that one locked run does not hold up others. */
export const HOT_LOCK_MS = 250;

/**
 * All of these statements find rows by key. Their plans are made once a connection, maybe while the tables are empty and
 * reading them from end to end is cheapest; so that way, and joins that need it, are ruled out.
 */
const hotSettings = {
  application_name: HOT_NAME,
  lock_timeout: HOT_LOCK_MS,
  statement_timeout: 8_000,
  // A process that was stopped in the middle must not keep the locks of its runs for long; see silent-transactions.ts, too.
  idle_in_transaction_session_timeout: 1_200,
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  // Only a plain index scan forgets entries of rows that are gone, and each claim leaves some.
  enable_bitmapscan: "off",
  jit: "off",
};

/**
 * Connects lazily; the first query fails when the server is away, and later ones work again when it is back. The address
 * is a URL as libpq reads it, a unix socket included: `postgres://deputy@localhost/deputy?host=/run/deputy`.
 */
export function openStore(databaseUrl: string, options: { max?: number } = {}): Store {
  const sql = connect(databaseUrl, options.max ?? 8);
  const openHot = () => connect(databaseUrl, HOT_CONNECTIONS, hotSettings);
  const openRelaxed = () => connect(databaseUrl, 1, { ...hotSettings, synchronous_commit: "off" });
  let hot = openHot();
  let relaxed = openRelaxed();
  return {
    db: drizzle({ client: sql, schema, casing: "snake_case" }),
    sql,
    get hot() {
      return hot;
    },
    get relaxed() {
      return relaxed;
    },
    replace(silent) {
      if (silent === hot) hot = openHot();
      else if (silent === relaxed) relaxed = openRelaxed();
      else return;
      void silent.end({ timeout: 0 });
    },
    close: async () => {
      await Promise.all([sql, hot, relaxed].map((pool) => pool.end({ timeout: CLOSE_SECONDS })));
    },
  };
}
