import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import { connect } from "#/lib/store/connect.ts";

const migrationsFolder = fileURLToPath(new URL("../../drizzle", import.meta.url));

/** Any number; the same for every process that migrates this product's database. */
const MIGRATION_LOCK = 20_261_121;

/** Brings the database to this version's schema; harmless when it is there already, or when several processes try at once. */
export async function migrate(databaseUrl: string): Promise<void> {
  const sql = connect(databaseUrl, 1);
  try {
    await sql`set lock_timeout = '60s'`;
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await applyMigrations(drizzle({ client: sql }), { migrationsFolder });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
