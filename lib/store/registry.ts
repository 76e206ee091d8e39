import { sql } from "drizzle-orm";
import type { AgentName, RegisteredCard } from "#/lib/protocol/agent.ts";
import type { Db } from "#/lib/store/db.ts";

/** What the record knows of an agent's work of the last week. Seconds are from claim to outcome. */
export type WorkRow = {
  readonly agent: AgentName;
  readonly completed: number;
  readonly failed: number;
  readonly meanSeconds: number | null;
};

/** How its auctions went: what it needed by what it had bid, averaged; null where nothing was bid. */
export type AuctionRow = {
  readonly agent: AgentName;
  readonly auctions: number;
  readonly secondsRatio: number | null;
  readonly priceRatio: number | null;
};

export type RegistryRows = {
  readonly cards: readonly RegisteredCard[];
  /** Workers that run each agent now. */
  readonly workers: readonly { readonly agent: AgentName; readonly count: number }[];
  /** Tasks of each agent that run, or could. */
  readonly live: readonly { readonly agent: AgentName; readonly count: number }[];
  readonly auctions: readonly AuctionRow[];
};

/** What choosing an agent goes by, besides its record. */
export async function readRegistryRows(db: Db, leaseMs: number): Promise<RegistryRows> {
  const [cards, workers, live, auctions] = await Promise.all([
    db.execute<{ card: RegisteredCard }>(sql`select card from agents order by type`),
    db.execute<{ agent: AgentName; count: number }>(sql`
      select agent, count(*)::int as count from workers, unnest(agents) as agent
      where seen_at >= now() - ${leaseMs} * interval '1 millisecond' group by agent`),
    db.execute<{ agent: AgentName; count: number }>(sql`
      select agent, count(*)::int as count from tasks
      where open and dispatched_at is not null and status <> 'waiting' group by agent`),
    db.execute<AuctionRow>(sql`
      select agent, count(*)::int as auctions, avg(seconds / nullif(bid_seconds, 0))::float8 as "secondsRatio",
        avg(usd / nullif(bid_usd, 0))::float8 as "priceRatio"
      from auction_records where at > now() - interval '30 days' group by agent`),
  ]);
  return { cards: cards.map(({ card }) => card), workers, live, auctions };
}

/** What each agent has done within a week. It looks at all tasks, so it is not to be asked all the time. */
export async function readWorkRows(db: Db): Promise<WorkRow[]> {
  return db.execute<WorkRow>(sql`
    select agent, count(*) filter (where status = 'completed')::int as completed,
      count(*) filter (where status = 'failed')::int as failed,
      (avg(extract(epoch from settled_at - started_at)) filter (where status = 'completed'))::float8 as "meanSeconds"
    from tasks where parent_id is not null and part is distinct from 'bid' and not open
      and mode in ('parallel', 'sequential') and settled_at > now() - interval '7 days' group by agent`);
}
