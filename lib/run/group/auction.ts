import { SECOND } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import { type AgentRecord, type AuctionTerms, auctionResult, decide, readTerms } from "#/lib/graph/auction.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { Auction, AuctionBid } from "#/lib/protocol/orchestration.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Group, Part } from "#/lib/run/group/parts.ts";
import { type PartOrder, spawnParts } from "#/lib/run/group/spawn-parts.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import { completeTask, failTask, type Settled } from "#/lib/run/settle-task.ts";
import { insertAuctionRecord } from "#/lib/store/auction-records.ts";
import { readTaskEvents } from "#/lib/store/parts.ts";

const MOST_BIDDERS = 7;
/** A bidder whose process ends is asked once more. */
const BID_ATTEMPTS = 2;

/**
 * MODE market: whoever can do the task is asked for a bid, once a round; code decides who gets it, and keeps its reasons; the
 * task is then given to the winner, once. What the winner needed is kept beside its bid and counts in its next auction.
 */
export async function advanceAuction(
  context: Context,
  group: Group,
  parts: readonly Part[],
): Promise<Settled | "left"> {
  const terms = readTerms(group.spec.input);
  if ("fault" in terms) return failTask(context, group, new DeputyError("bad-input", terms.fault));
  const award = parts.find(({ part }) => part.kind === "award");
  if (award !== undefined) return settleAward(context, group, parts, award);

  const round = Math.max(0, ...parts.map(({ part }) => part.round ?? 1));
  const registry = await context.registry.read();
  if (round === 0) {
    await spawnParts(context, group, biddersOf(group, registry, terms, { round: 1, asked: 0 }));
    return "left";
  }
  const decision = decide({ terms, round, bids: bidsOf(parts, round), records: registry.map(recordOf) });
  const winner = decision.kind === "award" ? decision.winner : null;
  const decided: NewEvent = {
    type: "auction.decided",
    taskId: group.id,
    agent: group.agent,
    data: { round, bids: [...decision.ranking], winner, reasons: [...decision.reasons] },
  };
  if (decision.kind === "nobody") {
    const error = new DeputyError("no-award", `The task was awarded to nobody. ${decision.reasons.join(" ")}`);
    return failTask(context, group, error, { also: (change) => change.events.push(decided) });
  }
  const asked = parts.length;
  const next =
    decision.kind === "award"
      ? [awardTo(decision, asked)]
      : biddersOf(group, registry, terms, { round: round + 1, asked });
  await spawnParts(context, group, next, [decided]);
  return "left";
}

function biddersOf(
  group: Group,
  registry: readonly RegisteredAgent[],
  { bidSeconds }: AuctionTerms,
  { round, asked }: { round: number; asked: number },
): PartOrder[] {
  const agents = candidatesFor(group, registry);
  return agents.map((agent, index) => {
    const number = asked + index + 1;
    const part = { kind: "bid", number: index + 1, of: agents.length, round } as const;
    const limits = { timeoutMs: bidSeconds * SECOND, attempts: BID_ATTEMPTS };
    return { number, name: `b${number}`, agent, part, ...limits };
  });
}

/** Those among whom it was routed; for a named agent, those who share a capability with it. */
function candidatesFor({ spec }: Group, registry: readonly RegisteredAgent[]): AgentType[] {
  const routed = spec.routing?.scores.map(({ agent }) => agent);
  if (routed !== undefined) return routed.slice(0, MOST_BIDDERS);
  const named = registry.find(({ type }) => type === spec.agent);
  const wanted = new Set(named?.capabilities.map(({ name }) => name));
  const able = registry.filter(
    ({ type, capabilities }) => type === spec.agent || capabilities.some(({ name }) => wanted.has(name)),
  );
  return able.map(({ type }) => type).slice(0, MOST_BIDDERS);
}

function awardTo({ winner }: { readonly winner: AgentType }, asked: number): PartOrder {
  return { number: asked + 1, name: "a1", agent: winner, part: { kind: "award", number: 1, of: 1 } };
}

function bidsOf(parts: readonly Part[], round: number) {
  return parts
    .filter(({ part }) => part.kind === "bid" && (part.round ?? 1) === round)
    .map(({ spec, result, error }) => {
      const bid = result?.bid ?? null;
      return { ref: spec.ref, agent: spec.agent as AgentType, round, bid, ...(error && { error: error.message }) };
    });
}

function recordOf({ type, record, auctions }: RegisteredAgent): AgentRecord {
  const { completed, failed } = record;
  const { count, secondsRatio, priceRatio } = auctions;
  return { agent: type, completed, failed, auctions: count, secondsRatio, priceRatio };
}

async function settleAward(context: Context, group: Group, parts: readonly Part[], award: Part): Promise<Settled> {
  if (award.result === undefined) {
    const { code, message } = award.error ?? { code: "award-lost", message: "The winner brought nothing." };
    return failTask(context, group, new DeputyError(code, `The winner of the auction did not do it: ${message}`));
  }
  const { decided, actual } = await readAuction(context, group, award.id);
  const agent = award.spec.agent as AgentType;
  const auction: Auction = {
    rounds: Math.max(1, ...parts.map(({ part }) => part.round ?? 1)),
    bids: decided.flatMap(({ bids }) => bids),
    winner: agent,
    reasons: decided.at(-1)?.reasons ?? [],
    actual,
  };
  const bid = winningBid(auction.bids, agent);
  return completeTask(context, group, auctionResult(auction, award.result), (change) => {
    if (bid !== null) change.more.push((sql) => insertAuctionRecord(sql, { taskId: award.id, agent, bid, actual }));
  });
}

function winningBid(bids: readonly AuctionBid[], agent: AgentType) {
  return bids.findLast((one) => one.agent === agent && one.bid !== null)?.bid ?? null;
}

/** What was decided in each round, and what the winner then needed, as the log tells it. */
async function readAuction(context: Context, group: Group, awardId: string) {
  const { store } = context;
  const types = ["auction.decided", "model.called", "task.completed"] as const;
  const events = await readTaskEvents(store, group.runId, [group.id, awardId], types, group.reopenedSeq);
  const decided = events.flatMap((event) => (event.type === "auction.decided" ? [event.data] : []));
  const actual = { seconds: 0, costUsd: 0 };
  for (const event of events) {
    if (event.taskId !== awardId) continue;
    if (event.type === "task.completed") actual.seconds = event.data.milliseconds / SECOND;
    if (event.type === "model.called") actual.costUsd += event.data.costUsd ?? 0;
  }
  return { decided, actual };
}
