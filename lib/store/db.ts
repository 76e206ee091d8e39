import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import { HOT_NAME } from "#/lib/store/connect.ts";
import { openPool, type Pool } from "#/lib/store/pool.ts";
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
  /** Work on one of them that nobody else uses meanwhile; see Transactions. */
  readonly alone: Pool["alone"];
  /** The same, for what need not wait for the disk. */
  readonly relaxed: Sql;
  /** Gives up the connections of one of the two, because it does not answer; what waits for them fails. */
  replace(silent: Sql): void;
  close(): Promise<void>;
};

const MOST_STATEMENTS = 8;
const MOST_TRANSACTIONS = 2;
const ONE = { statements: 1, transactions: 1 };
const HOT_CONNECTIONS = { statements: 3, transactions: 3 };

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
  // Left to itself the server plans what takes lists anew each time, which costs it more than doing it.
  plan_cache_mode: "force_generic_plan",
};

/**
 * Connects lazily; the first query fails when the server is away, and later ones work again when it is back. The address
 * is a URL as libpq reads it, a unix socket included: `postgres://deputy@localhost/deputy?host=/run/deputy`.
 */
export function openStore(databaseUrl: string, options: { max?: number } = {}): Store {
  const max = options.max ?? MOST_STATEMENTS;
  const main = openPool(databaseUrl, { statements: max, transactions: Math.min(max, MOST_TRANSACTIONS) });
  const hot = openPool(databaseUrl, HOT_CONNECTIONS, hotSettings);
  const relaxed = openPool(databaseUrl, ONE, { ...hotSettings, synchronous_commit: "off" });
  return {
    db: drizzle({ client: main.sql, schema, casing: "snake_case" }),
    sql: main.sql,
    hot: hot.sql,
    alone: hot.alone,
    relaxed: relaxed.sql,
    replace: (silent) => [hot, relaxed].find(({ sql }) => sql === silent)?.renew(),
    close: async () => {
      await Promise.all([main, hot, relaxed].map((pool) => pool.close()));
    },
  };
}
