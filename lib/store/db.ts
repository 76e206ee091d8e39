import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import * as schema from "#/lib/store/schema.ts";

type Schema = typeof schema;

/** A database, or a transaction in it: every function of lib/store takes either. */
export type Db = Pick<
  PostgresJsDatabase<Schema>,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "execute" | "transaction"
>;

export type Store = { readonly db: PostgresJsDatabase<Schema>; readonly sql: Sql; close(): Promise<void> };

const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
const CLOSE_SECONDS = 5;

/**
 * Connects lazily; the first query fails when the server is away, and later ones work again when it is back. The address
 * is a URL as libpq reads it, a unix socket included: `postgres://deputy@localhost/deputy?host=/run/deputy`.
 */
export function openStore(databaseUrl: string, options: { max?: number } = {}): Store {
  const sql = connect(databaseUrl, options.max ?? 8);
  return {
    db: drizzle({ client: sql, schema, casing: "snake_case" }),
    sql,
    close: () => sql.end({ timeout: CLOSE_SECONDS }),
  };
}

export function connect(databaseUrl: string, max: number): Sql {
  const url = new URL(databaseUrl);
  const socket = url.searchParams.get("host");
  url.searchParams.delete("host");
  return postgres(url.href, {
    ...(socket?.startsWith("/") && { host: socket }),
    max,
    connect_timeout: 5,
    onnotice: () => {},
    connection: {
      application_name: "deputy",
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    },
  });
}
