import { sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { refusedEntries } from "#/lib/store/schema.ts";

/** Adds to what was refused, by reason. */
export async function addRefusals(db: Db, counts: ReadonlyMap<string, number>): Promise<void> {
  if (counts.size === 0) return;
  await db
    .insert(refusedEntries)
    .values([...counts].map(([reason, count]) => ({ reason, count })))
    .onConflictDoUpdate({
      target: refusedEntries.reason,
      set: { count: sql`${refusedEntries.count} + excluded.count`, lastAt: sql`now()` },
    });
}

export async function readRefusals(db: Db): Promise<Record<string, number>> {
  const rows = await db.select().from(refusedEntries);
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}
