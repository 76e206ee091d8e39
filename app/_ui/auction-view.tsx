"use client";

import { Gavel, TriangleAlert } from "lucide-react";
import { formatDuration } from "#/app/_ui/duration.ts";
import { formatShare, formatUsd } from "#/app/_ui/money.ts";
import { agentWords, inOneLine, nameOfAgent } from "#/app/_ui/words.ts";
import type { Auction, AuctionBid, Bid } from "#/lib/protocol/orchestration.ts";

/** How an auction went: every bid with its score and why, who was awarded the task, and what was needed beside what was bid. */
export function AuctionView({ auction, ended }: { auction: Auction; ended: boolean }) {
  const { bids, rounds, reasons } = auction;
  return (
    <div className="space-y-3 border-t px-4 py-3 text-sm">
      <Award auction={auction} ended={ended} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section aria-label="Bids" tabIndex={0} className="overflow-x-auto rounded-lg border">
        <table className="w-full border-collapse text-left text-[0.8125rem] tabular-nums [overflow-wrap:normal]">
          <thead className="text-xs text-muted">
            <tr>
              {[...(rounds > 1 ? ["Round"] : []), "Agent", "Price", "Time", "Sure", "Score"].map((name) => (
                <th key={name} scope="col" className="px-2 py-1.5 sm:px-3 font-medium whitespace-nowrap">
                  {name}
                </th>
              ))}
              <th scope="col" className="hidden px-2 py-1.5 sm:px-3 font-medium sm:table-cell">
                Why
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted(bids).map((row) => (
              <BidRow key={row.ref} row={row} rounds={rounds} isWinner={isAwarded(row, auction)} />
            ))}
          </tbody>
        </table>
      </section>
      {reasons.length > 0 && (
        <p className="text-[0.8125rem] leading-relaxed text-muted">
          <span className="font-medium">Why:</span> {inOneLine(reasons)}
        </p>
      )}
    </div>
  );
}

function Award({ auction, ended }: { auction: Auction; ended: boolean }) {
  const { winner, actual, bids } = auction;
  const bid = bids.find((row) => isAwarded(row, auction))?.bid ?? null;
  const Icon = winner === null && ended ? TriangleAlert : Gavel;
  return (
    <div>
      <p className="flex items-start gap-2 font-semibold">
        <Icon
          aria-hidden
          size={16}
          strokeWidth={2}
          className={`mt-0.5 shrink-0 ${winner === null ? "text-warning" : "text-success"}`}
        />
        <span className="min-w-0">
          {winner === null ? (ended ? "Awarded to nobody" : "Not awarded yet") : `Awarded to ${agentWords[winner]}`}
        </span>
      </p>
      {bid !== null && actual !== undefined && <Comparison bid={bid} actual={actual} />}
    </div>
  );
}

function Comparison({ bid, actual }: { bid: Bid; actual: NonNullable<Auction["actual"]> }) {
  const late = actual.seconds > bid.seconds;
  return (
    <p className="mt-1.5 text-[0.8125rem] text-muted">
      Bid {formatDuration(bid.seconds * 1_000)} and {formatUsd(bid.price)}, needed{" "}
      <span className={late ? "font-medium text-warning" : ""}>{formatDuration(actual.seconds * 1_000)}</span> and{" "}
      {formatUsd(actual.costUsd)}.
    </p>
  );
}

type RowProps = { row: AuctionBid; rounds: number; isWinner: boolean };

/** Why it scored so stands beside it, and in a narrow window below it. */
function BidRow({ row, rounds, isWinner }: RowProps) {
  const { agent, round, bid, score, reasons } = row;
  const why = inOneLine([...reasons, bid?.note ?? ""].filter(Boolean));
  const tone = isWinner ? "bg-success-soft" : "";
  return (
    <>
      <tr className={`border-t align-top ${tone}`}>
        {rounds > 1 && <td className="px-2 py-1.5 sm:px-3">{round}</td>}
        <th scope="row" className="px-2 py-1.5 sm:px-3 font-medium whitespace-nowrap">
          {nameOfAgent(agent)}
          {isWinner && <span className="text-success"> won</span>}
        </th>
        <Offer bid={bid} />
        <td className="px-2 py-1.5 sm:px-3">{score === null ? "" : score.toFixed(2)}</td>
        <td className="hidden min-w-56 px-2 py-1.5 sm:px-3 text-muted sm:table-cell">{why}</td>
      </tr>
      <tr className={`sm:hidden ${tone}`}>
        <td colSpan={rounds > 1 ? 6 : 5} className="px-2 pb-2 text-xs text-muted">
          {why}
        </td>
      </tr>
    </>
  );
}

function Offer({ bid }: Pick<AuctionBid, "bid">) {
  if (bid === null) {
    return (
      <td colSpan={3} className="px-2 py-1.5 sm:px-3 text-muted">
        no bid
      </td>
    );
  }
  return (
    <>
      <td className="px-2 py-1.5 sm:px-3 whitespace-nowrap">{formatUsd(bid.price)}</td>
      <td className="px-2 py-1.5 sm:px-3 whitespace-nowrap">{formatDuration(bid.seconds * 1_000)}</td>
      <td className="px-2 py-1.5 sm:px-3 whitespace-nowrap">{formatShare(bid.confidence)}</td>
    </>
  );
}

/** By round, the best score first; those without a bid last. */
function sorted(bids: readonly AuctionBid[]): AuctionBid[] {
  const rank = ({ score }: AuctionBid) => score ?? Number.NEGATIVE_INFINITY;
  return [...bids].sort((left, right) => left.round - right.round || (rank(left) < rank(right) ? 1 : -1));
}

function isAwarded({ agent, round }: AuctionBid, { winner, rounds }: Auction): boolean {
  return agent === winner && round === rounds;
}
