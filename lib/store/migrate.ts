import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import type { Sql } from "postgres";
import { DeputyError } from "#/lib/errors.ts";
import { connect } from "#/lib/store/connect.ts";

const migrationsFolder = fileURLToPath(new URL("../../drizzle", import.meta.url));

/** Any number; the same for every process that migrates this product's database. */
const MIGRATION_LOCK = 20_261_121;

/**
 * Brings the database to this version's schema; harmless when it is there already, or when several processes try at once.
 * Throws `newer-database`, and changes nothing, when a newer version has been there.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const sql = connect(databaseUrl, 1);
  try {
    await sql`set lock_timeout = '60s'`;
    // A change of a big table may take longer than a query of the product ever may.
    await sql`set statement_timeout = 0`;
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await refuseNewer(sql);
    await applyMigrations(drizzle({ client: sql }), { migrationsFolder });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function refuseNewer(sql: Sql): Promise<void> {
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`;
  if (table?.name === null) return;
  const [row] = await sql<
    { newest: string | null }[]
  >`select max(created_at) as newest from drizzle.__drizzle_migrations`;
  const known = Math.max(...readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis));
  if (Number(row?.newest ?? 0) <= known) return;
  throw new DeputyError(
    "newer-database",
    "a newer version of Deputy has changed this database. Start that version, or name another database or data folder " +
      "(DATABASE_URL, DEPUTY_DATA).",
  );
}
