import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import { connect } from "#/lib/store/connect.ts";
import * as schema from "#/lib/store/schema.ts";

type Schema = typeof schema;

/** A database, or a transaction in it: every function of lib/store takes either. */
export type Db = Pick<
  PostgresJsDatabase<Schema>,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "execute" | "transaction"
>;

export type Store = { readonly db: PostgresJsDatabase<Schema>; readonly sql: Sql; close(): Promise<void> };

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
