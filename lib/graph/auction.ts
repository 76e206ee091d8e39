import type { AgentType } from "#/lib/protocol/agent.ts";
import type { Auction, AuctionBid, Bid } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";

/** What is asked of bids, as INPUT.market of the task says. */
export type AuctionTerms = {
  /** At most this many, 1 to 5. */
  readonly rounds: number;
  /** For each round, 1 to 120. */
  readonly bidSeconds: number;
  /** US dollars. */
  readonly maxPrice?: number;
  readonly maxSeconds?: number;
  /** 0 to 1. */
  readonly minConfidence?: number;
};

export type PlacedBid = {
  readonly ref: string;
  readonly agent: AgentType;
  readonly round: number;
  /** Null when it made none. */
  readonly bid: Bid | null;
  /** Why it made none. */
  readonly error?: string;
};

/** What is known of an agent's past. */
export type AgentRecord = {
  readonly agent: AgentType;
  readonly completed: number;
  readonly failed: number;
  /** Past auctions that it won. */
  readonly auctions: number;
  /** What it needed by what it had bid, the mean over those auctions; null when there is none to compare. */
  readonly secondsRatio: number | null;
  readonly priceRatio: number | null;
};

/** `ranking` holds the bids of the round, best first, then those that are out, then those who made none. */
export type Decision =
  | {
      readonly kind: "award";
      readonly winner: AgentType;
      /** Of the bid that won. */
      readonly ref: string;
      readonly ranking: AuctionBid[];
      readonly reasons: string[];
    }
  | { readonly kind: "again" | "nobody"; readonly ranking: AuctionBid[]; readonly reasons: string[] };

/** What each part counts in the score, which is 1 for a bid that is best in all three. */
const bidWeights = { price: 0.4, seconds: 0.3, confidence: 0.3 } as const;
/** Two bids whose scores differ by less than this share are too close to decide while rounds are left. */
export const closeShare = 0.02;
/** Differences of a cent and of a second count little: both are added to all bids before they are compared. */
const slack = { price: 0.01, seconds: 1 } as const;
/** An agent without a record counts as one that completed four tasks of five. */
const prior = { completed: 4, all: 5 } as const;
/** However far off its past bids were, an agent counts as bidding between half and ten times of what it bids. */
const ratioLimits = { min: 0.5, max: 10 } as const;

type Range = { readonly min: number; readonly max: number; readonly whole?: boolean };
const ranges: Readonly<Record<keyof AuctionTerms, Range>> = {
  rounds: { min: 1, max: 5, whole: true },
  bidSeconds: { min: 1, max: 120 },
  maxPrice: { min: 0, max: 1e9 },
  maxSeconds: { min: 1, max: 86_400 },
  minConfidence: { min: 0, max: 1 },
};

/** The terms in the INPUT of a task with MODE market; without any, two rounds of ten seconds. `fault` says what to mend. */
export function readTerms(input: Record<string, unknown> | undefined): AuctionTerms | { fault: string } {
  const given = input?.market ?? {};
  if (typeof given !== "object" || Array.isArray(given)) return { fault: "INPUT.market must be an object of terms" };
  const terms: Record<string, number> = { rounds: 2, bidSeconds: 10 };
  for (const [key, value] of Object.entries(given)) {
    if (!isTerm(key)) return { fault: `INPUT.market has no term "${key}", only ${Object.keys(ranges).join(", ")}` };
    const { min, max, whole = false } = ranges[key];
    const fits = typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!fits) return { fault: `INPUT.market.${key} must be a ${whole ? "whole " : ""}number from ${min} to ${max}` };
    terms[key] = value;
  }
  return terms as AuctionTerms;
}

function isTerm(key: string): key is keyof AuctionTerms {
  return Object.hasOwn(ranges, key);
}

/**
 * Decides a round from the bids that were made in it. A bid that breaks a term is out. The others are scored against the best
 * among them: `0.4 price + 0.3 seconds + 0.3 confidence`, each as a share of the best one. The record corrects a bid before:
 * who needed twice of what it had bid counts as bidding twice, and confidence counts times the share of tasks that it
 * completed. The highest score wins; equal ones by confidence, then by name.
 *
 * Another round follows, while rounds are left, when no bid meets the terms, or when the best two are within two percent of
 * each other. The same bids and records always give the same decision; work and messages grow with the number of bids alone.
 */
export function decide(auction: {
  readonly terms: AuctionTerms;
  readonly round: number;
  readonly bids: readonly PlacedBid[];
  readonly records: readonly AgentRecord[];
}): Decision {
  const { terms, round } = auction;
  const ranking = rank(auction);
  const [best, second] = ranking.filter(isScored);
  const roundsLeft = Math.max(0, terms.rounds - round);
  if (best === undefined) return undecided(ranking, round, roundsLeft);
  const close = second !== undefined && best.score - second.score <= closeShare * best.score;
  if (close && roundsLeft > 0) {
    const reasons = [
      `${named(best)} and ${named(second)} are within ${percent(closeShare)} of each other in round ${round}.`,
    ];
    return { kind: "again", ranking, reasons: [...reasons, leftLine(roundsLeft)] };
  }
  return { kind: "award", winner: best.agent, ref: best.ref, ranking, reasons: awardReasons(best, second, auction) };
}

/** The winner's result, under a line that says who did it and why. */
export function auctionResult(auction: Auction, won: TaskResult): TaskResult {
  const { winner, actual } = auction;
  const bid = auction.bids
    .filter(({ agent }) => agent === winner)
    .toSorted((one, other) => other.round - one.round)[0]?.bid;
  const line = [
    `Done by ${winner ?? "nobody"} after an auction.`,
    ...auction.reasons,
    ...(bid && actual
      ? [`It had bid ${offerOf(bid)} and needed ${offerOf({ price: actual.costUsd, seconds: actual.seconds })}.`]
      : []),
  ].join(" ");
  return { ...won, text: `${line}\n\n${won.text}`, auction };
}

type Scored = AuctionBid & { readonly bid: Bid; readonly score: number };
type Candidate = { readonly placed: PlacedBid; readonly offer: Offer; readonly reasons: string[] };
type Offer = { readonly price: number; readonly seconds: number; readonly confidence: number };

function isScored(entry: AuctionBid): entry is Scored {
  return entry.bid !== null && entry.score !== null;
}

function rank({ terms, round, bids, records }: Parameters<typeof decide>[0]): AuctionBid[] {
  const candidates: Candidate[] = [];
  const out: AuctionBid[] = [];
  for (const placed of bids.filter((placed) => placed.round === round)) {
    const faults = faultsOf(placed, terms);
    if (placed.bid === null || faults.length > 0) out.push(entryOf(placed, null, faults));
    else
      candidates.push(
        corrected(
          placed,
          placed.bid,
          records.find(({ agent }) => agent === placed.agent),
        ),
      );
  }
  const best = {
    price: Math.min(...candidates.map(({ offer }) => offer.price)),
    seconds: Math.min(...candidates.map(({ offer }) => offer.seconds)),
    confidence: Math.max(...candidates.map(({ offer }) => offer.confidence)),
  };
  const scored = candidates.map(({ placed, offer, reasons }) => entryOf(placed, scoreOf(offer, best), reasons));
  return [...scored.sort(byScore), ...out.sort(byPresence)];
}

function faultsOf({ bid, error }: PlacedBid, { maxPrice, maxSeconds, minConfidence }: AuctionTerms): string[] {
  if (bid === null) return [`made no bid${error === undefined ? "" : `: ${error}`}`];
  const faults: string[] = [];
  if (maxPrice !== undefined && bid.price > maxPrice)
    faults.push(`out: its price of ${dollars(bid.price)} is over ${dollars(maxPrice)}`);
  if (maxSeconds !== undefined && bid.seconds > maxSeconds)
    faults.push(`out: its ${rounded(bid.seconds)} s are over ${rounded(maxSeconds)} s`);
  if (minConfidence !== undefined && bid.confidence < minConfidence)
    faults.push(`out: its confidence of ${percent(bid.confidence)} is under ${percent(minConfidence)}`);
  return faults;
}

function corrected(placed: PlacedBid, bid: Bid, record: AgentRecord | undefined): Candidate {
  const price = ratioOf(record?.priceRatio);
  const seconds = ratioOf(record?.secondsRatio);
  const { completed = 0, failed = 0, auctions = 0 } = record ?? {};
  const success = (completed + prior.completed) / (completed + failed + prior.all);
  const offer = { price: bid.price * price, seconds: bid.seconds * seconds, confidence: bid.confidence * success };
  const reasons = [`bids ${offerOf(bid)}, confidence ${percent(bid.confidence)}`];
  if (price !== 1)
    reasons.push(`needed ${timesOf(price)} the price it had bid ${over(auctions)}: counts as ${dollars(offer.price)}`);
  if (seconds !== 1)
    reasons.push(
      `needed ${timesOf(seconds)} the seconds it had bid ${over(auctions)}: counts as ${rounded(offer.seconds)} s`,
    );
  const known = completed + failed > 0 ? `completed ${completed} of ${completed + failed} tasks` : "has no record yet";
  reasons.push(`${known}: confidence counts as ${percent(offer.confidence)}`);
  return { placed, offer, reasons };
}

/** A ratio at its limit stands for every one beyond it. */
function timesOf(ratio: number): string {
  if (ratio === ratioLimits.min) return "at most half of";
  if (ratio === ratioLimits.max) return `at least ${ratioLimits.max} times`;
  return `${rounded(ratio)} times`;
}

function over(auctions: number): string {
  return `(${counted(auctions, "auction")})`;
}

function ratioOf(ratio: number | null | undefined): number {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return 1;
  return Math.min(ratioLimits.max, Math.max(ratioLimits.min, ratio));
}

/** Four digits, so that what a reader sees as equal is equal. */
function scoreOf(offer: Offer, best: Offer): number {
  const score =
    (bidWeights.price * (best.price + slack.price)) / (offer.price + slack.price) +
    (bidWeights.seconds * (best.seconds + slack.seconds)) / (offer.seconds + slack.seconds) +
    bidWeights.confidence * (best.confidence === 0 ? 1 : offer.confidence / best.confidence);
  return Math.round(score * 10_000) / 10_000;
}

function entryOf({ ref, agent, round, bid }: PlacedBid, score: number | null, reasons: string[]): AuctionBid {
  return { ref, agent, round, bid, score, reasons };
}

function byScore(one: AuctionBid, other: AuctionBid): number {
  return (
    (other.score ?? 0) - (one.score ?? 0) ||
    (other.bid?.confidence ?? 0) - (one.bid?.confidence ?? 0) ||
    byName(one, other)
  );
}

function byPresence(one: AuctionBid, other: AuctionBid): number {
  return Number(one.bid === null) - Number(other.bid === null) || byName(one, other);
}

function byName(one: AuctionBid, other: AuctionBid): number {
  const [mine, theirs] = one.agent === other.agent ? [one.ref, other.ref] : [one.agent, other.agent];
  return mine < theirs ? -1 : Number(mine > theirs);
}

function undecided(ranking: AuctionBid[], round: number, roundsLeft: number): Decision {
  const made = ranking.filter(({ bid }) => bid !== null).length;
  const why =
    made === 0
      ? `Nobody made a bid in round ${round}.`
      : `None of ${counted(made, "bid")} of round ${round} meets the terms.`;
  const each = ranking.map(({ agent, reasons }) => `${agent} ${reasons.join(", ")}.`);
  return { kind: roundsLeft > 0 ? "again" : "nobody", ranking, reasons: [why, ...each, leftLine(roundsLeft)] };
}

function awardReasons(
  best: Scored,
  second: Scored | undefined,
  { terms, round, bids }: Parameters<typeof decide>[0],
): string[] {
  const made = bids.filter((placed) => placed.round === round && placed.bid !== null).length;
  const where = `${counted(made, "bid")}, round ${round} of ${terms.rounds}`;
  const bid = `${best.agent} ${best.reasons.join("; ")}.`;
  if (second === undefined) return [`${best.agent} made the only bid that meets the terms (${where}).`, bid];
  const won = `${named(best)} is ahead of ${named(second)} (${where}).`;
  if (best.score !== second.score) return [won, bid];
  const rule = best.bid.confidence === second.bid.confidence ? "the order of names" : "the higher confidence";
  return [`${named(best)} and ${named(second)} are equal (${where}): ${rule} decides.`, bid];
}

function named({ agent, score }: Scored): string {
  return `${agent} (score ${score})`;
}

function leftLine(roundsLeft: number): string {
  return roundsLeft === 0 ? "No round is left." : `${counted(roundsLeft, "round")} left.`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function offerOf({ price, seconds }: { readonly price: number; readonly seconds: number }): string {
  return `${dollars(price)} and ${rounded(seconds)} s`;
}

/** In cents, smaller prices with two digits that count. */
function dollars(price: number): string {
  return `$${price === 0 || price >= 0.1 ? price.toFixed(2) : Number(price.toPrecision(2))}`;
}

function rounded(value: number): string {
  return `${Number(value.toFixed(1))}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
