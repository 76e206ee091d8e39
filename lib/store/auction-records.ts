import type { ReservedSql } from "postgres";

export type AuctionRecord = {
  /** The task that was won. */
  readonly taskId: string;
  readonly agent: string;
  readonly bid: { readonly seconds: number; readonly price: number };
  readonly actual: { readonly seconds: number; readonly costUsd: number };
};

/** What an agent needed for a task that it won, beside what it had bid. */
export function insertAuctionRecord(sql: ReservedSql, { taskId, agent, bid, actual }: AuctionRecord) {
  return sql`insert into auction_records (task_id, agent, bid_seconds, seconds, bid_usd, usd)
    values (${taskId}, ${agent}, ${bid.seconds}, ${actual.seconds}, ${bid.price}, ${actual.costUsd})
    on conflict do nothing`;
}
