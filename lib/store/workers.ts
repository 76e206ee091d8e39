import { eq, sql } from "drizzle-orm";
import type { AgentName, RegisteredCard } from "#/lib/protocol/agent.ts";
import type { Db } from "#/lib/store/db.ts";
import { agents, workers } from "#/lib/store/schema.ts";

export type Worker = typeof workers.$inferSelect;

export async function registerWorker(
  db: Db,
  worker: { id: string; host: string; pid: number; version: string; agents: AgentName[] },
): Promise<void> {
  await db
    .insert(workers)
    .values(worker)
    .onConflictDoUpdate({ target: workers.id, set: { seenAt: sql`now()` } });
}

/** Catalogue entries of the agents that this version can run; they stay when no worker lives. */
export async function registerAgents(db: Db, cards: readonly RegisteredCard[]): Promise<void> {
  if (cards.length === 0) return;
  await db
    .insert(agents)
    .values(cards.map((card) => ({ type: card.type, card })))
    .onConflictDoUpdate({ target: agents.type, set: { card: sql`excluded.card`, registeredAt: sql`now()` } });
}

export async function listRegisteredAgents(db: Db): Promise<RegisteredCard[]> {
  const rows = await db.select({ card: agents.card }).from(agents);
  return rows.map((row) => row.card);
}

/** Workers whose lease is younger than `leaseMs`. */
export async function listLiveWorkers(db: Db, leaseMs: number): Promise<Worker[]> {
  return db.select().from(workers).where(sql`${workers.seenAt} >= now() - ${leaseMs} * interval '1 millisecond'`);
}

/**
 * Workers that have been silent for longer than their lease. Nobody is judged while the server has only just started: until
 * then nobody could renew.
 */
export async function listSilentWorkers(db: Db, leaseMs: number): Promise<Worker[]> {
  const lease = sql`${leaseMs} * interval '1 millisecond'`;
  return db
    .select()
    .from(workers)
    .where(
      sql`${workers.seenAt} < now() - ${lease} and pg_postmaster_start_time() < now() - ${lease} - interval '5 s'`,
    );
}

/** From here on nothing can be claimed in this worker's name. */
export async function removeWorker(db: Db, workerId: string): Promise<void> {
  await db.delete(workers).where(eq(workers.id, workerId));
}
