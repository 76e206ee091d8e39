import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AgentRecord,
  type AuctionTerms,
  auctionResult,
  closeShare,
  decide,
  type PlacedBid,
  readTerms,
} from "#/lib/graph/auction.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import { AuctionBid } from "#/lib/protocol/orchestration.ts";
import { TaskResult } from "#/lib/protocol/result.ts";

const terms = (given: Partial<AuctionTerms> = {}): AuctionTerms => ({ rounds: 2, bidSeconds: 10, ...given });

const bid = (agent: AgentType, price: number, seconds: number, confidence: number, round = 1): PlacedBid => ({
  ref: `t1.b${agent}`,
  agent,
  round,
  bid: { price, seconds, confidence },
});

const silent = (agent: AgentType, error?: string): PlacedBid => ({
  ref: `t1.b${agent}`,
  agent,
  round: 1,
  bid: null,
  ...(error === undefined ? {} : { error }),
});

const record = (agent: AgentType, given: Partial<AgentRecord>): AgentRecord => ({
  agent,
  completed: 0,
  failed: 0,
  auctions: 0,
  secondsRatio: null,
  priceRatio: null,
  ...given,
});

const round = (
  bids: PlacedBid[],
  given: { terms?: Partial<AuctionTerms>; round?: number; records?: AgentRecord[] } = {},
) => decide({ terms: terms(given.terms), round: given.round ?? 1, bids, records: given.records ?? [] });

describe("the terms of an auction", () => {
  it("are two rounds of ten seconds when none are given", () => {
    expect(readTerms(undefined)).toEqual({ rounds: 2, bidSeconds: 10 });
    expect(readTerms({ other: 1 })).toEqual({ rounds: 2, bidSeconds: 10 });
  });

  it("are those of INPUT.market", () => {
    const market = { rounds: 5, bidSeconds: 1, maxPrice: 0, maxSeconds: 60, minConfidence: 0.5 };
    expect(readTerms({ market })).toEqual(market);
  });

  it.each([
    [{ rounds: 6 }, "INPUT.market.rounds must be a whole number from 1 to 5"],
    [{ rounds: 1.5 }, "INPUT.market.rounds must be a whole number from 1 to 5"],
    [{ rounds: "2" }, "INPUT.market.rounds must be a whole number from 1 to 5"],
    [{ bidSeconds: 0 }, "INPUT.market.bidSeconds must be a number from 1 to 120"],
    [{ minConfidence: 80 }, "INPUT.market.minConfidence must be a number from 0 to 1"],
    [{ maxPrice: Number.NaN }, "INPUT.market.maxPrice must be a number from 0 to 1000000000"],
    [{ price: 1 }, 'INPUT.market has no term "price", only rounds, bidSeconds, maxPrice, maxSeconds, minConfidence'],
    [{ constructor: 1 }, 'INPUT.market has no term "constructor"'],
    ["cheap", "INPUT.market must be an object of terms"],
    [[1], "INPUT.market must be an object of terms"],
  ])("name the fault of %j", (market, fault) => {
    expect(readTerms({ market })).toEqual({ fault: expect.stringContaining(fault) });
  });
});

describe("the award", () => {
  it("goes to the bid that is best in all parts, with score 1", () => {
    const decision = round([bid("planner", 0.2, 60, 0.5), bid("knowledge", 0.1, 30, 0.9)]);
    expect(decision).toMatchObject({ kind: "award", winner: "knowledge", ref: "t1.bknowledge" });
    expect(decision.ranking.map(({ agent, score }) => [agent, score === 1])).toEqual([
      ["knowledge", true],
      ["planner", false],
    ]);
    expect(decision.reasons[0]).toMatch(
      /^knowledge \(score 1\) is ahead of planner \(score 0\.\d+\) \(2 bids, round 1 of 2\)\.$/,
    );
  });

  it("goes to the cheaper of two that are alike otherwise", () => {
    expect(round([bid("browser", 0.4, 30, 0.8), bid("planner", 0.2, 30, 0.8)])).toMatchObject({ winner: "planner" });
  });

  it("never goes to a bid outside of the terms, and says what is wrong with it", () => {
    const decision = round(
      [bid("browser", 0.5, 90, 0.2), bid("planner", 2, 60, 0.9), silent("knowledge", "no answer in 10 s")],
      { terms: { maxPrice: 0.4, maxSeconds: 60, minConfidence: 0.6 } },
    );
    expect(decision.kind).toBe("again");
    const award = round(
      [bid("browser", 0.01, 9, 0.2), bid("planner", 2, 60, 0.9), silent("knowledge", "no answer in 10 s")],
      {
        terms: { minConfidence: 0.6 },
      },
    );
    expect(award).toMatchObject({ kind: "award", winner: "planner" });
    expect(award.reasons[0]).toBe("planner made the only bid that meets the terms (2 bids, round 1 of 2).");
    expect(award.ranking.slice(1)).toEqual([
      expect.objectContaining({
        agent: "browser",
        score: null,
        reasons: ["out: its confidence of 20 % is under 60 %"],
      }),
      expect.objectContaining({ agent: "knowledge", bid: null, reasons: ["made no bid: no answer in 10 s"] }),
    ]);
  });

  it("counts who needed twice of what it had bid as bidding twice", () => {
    const bids = [bid("browser", 0.1, 30, 0.8), bid("planner", 0.15, 45, 0.8)];
    expect(round(bids)).toMatchObject({ winner: "browser" });
    const records = [record("browser", { auctions: 3, secondsRatio: 2, priceRatio: 2 })];
    const decision = round(bids, { records });
    expect(decision).toMatchObject({ winner: "planner" });
    const twice = round([bid("browser", 0.2, 60, 0.8), bid("planner", 0.15, 45, 0.8)]);
    expect(decision.ranking.map(({ score }) => score)).toEqual(twice.ranking.map(({ score }) => score));
    expect(decision.ranking[1]?.reasons).toContain(
      "needed 2 times the seconds it had bid (3 auctions): counts as 60 s",
    );
  });

  it("says of who needed far less or far more than it had bid that it was that much at least", () => {
    const reasonsWith = (secondsRatio: number) =>
      round([bid("browser", 0.1, 30, 0.8)], { records: [record("browser", { auctions: 1, secondsRatio })] }).ranking[0]
        ?.reasons;
    expect(reasonsWith(0.05)).toContain("needed at most half of the seconds it had bid (1 auction): counts as 15 s");
    expect(reasonsWith(40)).toContain("needed at least 10 times the seconds it had bid (1 auction): counts as 300 s");
  });

  it("trusts who completes its tasks, and lets one failure not ruin anybody", () => {
    const bids = [bid("browser", 0.1, 30, 0.9), bid("planner", 0.1, 30, 0.8)];
    const poor = [record("browser", { completed: 2, failed: 8 }), record("planner", { completed: 10 })];
    expect(round(bids, { records: poor })).toMatchObject({ winner: "planner" });
    const once = [record("browser", { completed: 9, failed: 1 }), record("planner", { completed: 9 })];
    expect(round(bids, { records: once, terms: { rounds: 1 } })).toMatchObject({ winner: "browser" });
  });

  it("is decided by confidence, then by name, when scores are equal and no round is left", () => {
    const equal = [bid("planner", 0.1, 30, 0.8), bid("browser", 0.1, 30, 0.8)];
    const byName = round(equal, { terms: { rounds: 1 } });
    expect(byName).toMatchObject({ kind: "award", winner: "browser" });
    expect(byName.reasons[0]).toContain("the order of names decides");
    const unlike = [bid("planner", 0.1, 30, 0.9), bid("browser", 0.1, 30, 0.8)];
    const records = [record("browser", { completed: 5 })];
    const byConfidence = round(unlike, { terms: { rounds: 1 }, records });
    expect(byConfidence.ranking.map(({ score }) => score)).toEqual([1, 1]);
    expect(byConfidence).toMatchObject({ kind: "award", winner: "planner" });
    expect(byConfidence.reasons[0]).toContain("the higher confidence decides");
  });

  it("gives free bids their due, and a free one is best", () => {
    expect(round([bid("knowledge", 0, 5, 0.9), bid("planner", 0, 50, 0.9)])).toMatchObject({ winner: "knowledge" });
    const scores = round([bid("knowledge", 0, 5, 0.9), bid("planner", 0.001, 5, 0.9)]).ranking;
    expect(scores[1]?.score).toBeGreaterThan(0.95);
  });
});

describe("another round", () => {
  it("follows when nobody bids or no bid meets the terms, until none is left", () => {
    expect(round([silent("planner")])).toMatchObject({
      kind: "again",
      reasons: ["Nobody made a bid in round 1.", "planner made no bid.", "1 round left."],
    });
    expect(round([], { round: 2 })).toMatchObject({ kind: "nobody", ranking: [] });
    const dear = (at: number) => round([bid("planner", 9, 9, 0.9, at)], { terms: { maxPrice: 1 }, round: at });
    expect(dear(1).reasons).toEqual([
      "None of 1 bid of round 1 meets the terms.",
      "planner out: its price of $9.00 is over $1.00.",
      "1 round left.",
    ]);
    expect(dear(2)).toMatchObject({ kind: "nobody" });
    expect(dear(2).reasons.at(-1)).toBe("No round is left.");
  });

  it("follows when the best two are within two percent, and the last round decides all the same", () => {
    const close = (at: number) => [bid("planner", 0.1, 30, 0.8, at), bid("browser", 0.1, 30, 0.81, at)];
    expect(round(close(1))).toMatchObject({ kind: "again" });
    expect(round(close(2), { round: 2 })).toMatchObject({ kind: "award", winner: "browser" });
  });

  it("hears only the bids of its own round", () => {
    const bids = [bid("planner", 0.001, 1, 1, 1), bid("browser", 0.5, 60, 0.5, 2), bid("planner", 0.9, 90, 0.4, 2)];
    const decision = round(bids, { round: 2 });
    expect(decision).toMatchObject({ kind: "award", winner: "browser" });
    expect(decision.ranking.every((entry) => entry.round === 2)).toBe(true);
    expect(decision.ranking).toHaveLength(2);
  });

  it("decides the same for any order of bids and records, and awards nothing outside of the terms", () => {
    const amount = fc.constantFrom(0, 0.01, 0.1, 0.11, 1, 5);
    const drawn = fc.record({
      price: amount,
      seconds: fc.constantFrom(1, 10, 11, 60),
      confidence: fc.constantFrom(0, 0.5, 0.51, 1),
      silent: fc.boolean(),
      ratio: fc.option(fc.double({ min: 0, max: 50, noNaN: true })),
      failed: fc.nat(5),
    });
    const agents = ["knowledge", "planner", "browser", "code", "test"] as const;
    const auctions = fc.array(drawn, { maxLength: 5 }).chain((all) => {
      const bids = all.map(
        (one, at): PlacedBid =>
          one.silent
            ? silent(agents[at] ?? "debug")
            : bid(agents[at] ?? "debug", one.price, one.seconds, one.confidence),
      );
      const records = all.map(({ ratio, failed }, at) =>
        record(agents[at] ?? "debug", { secondsRatio: ratio, priceRatio: ratio, failed }),
      );
      return fc.tuple(
        fc.constant({ bids, records }),
        fc.shuffledSubarray(bids, { minLength: bids.length }),
        fc.shuffledSubarray(records, { minLength: records.length }),
      );
    });
    fc.assert(
      fc.property(auctions, fc.constantFrom(1, 2), ([{ bids, records }, mixed, others], at) => {
        const asked = terms({ maxPrice: 1, minConfidence: 0.5 });
        const now = (list: PlacedBid[]) => list.map((one) => ({ ...one, round: at }));
        const decision = decide({ terms: asked, round: at, bids: now(bids), records });
        expect(decide({ terms: asked, round: at, bids: now(mixed), records: others })).toEqual(decision);
        expect(decision.ranking).toHaveLength(bids.length);
        for (const entry of decision.ranking) expect(AuctionBid.safeParse(entry).error).toBeUndefined();
        const scores = decision.ranking.flatMap(({ score }) => score ?? []);
        expect(scores).toEqual(scores.toSorted((one, other) => other - one));
        expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
        if (decision.kind !== "award") {
          const [best = 0, second = -1] = scores;
          return at === 1
            ? scores.length === 0 || best - second <= closeShare * best
            : decision.kind === "nobody" && scores.length === 0;
        }
        const won = bids.find(({ ref }) => ref === decision.ref)?.bid;
        return won !== null && won !== undefined && won.price <= 1 && won.confidence >= 0.5;
      }),
    );
  });
});

it("puts one line above the winner's result: who did it, why, and what it needed beside its bid", () => {
  const decision = round([bid("planner", 0.1, 30, 0.8)]);
  const won: TaskResult = { text: "Done.", evidence: [], artifacts: [], claims: ["a"] };
  const auction = {
    rounds: 1,
    bids: decision.ranking,
    winner: "planner" as const,
    reasons: decision.reasons,
    actual: { seconds: 41.26, costUsd: 0.0004 },
  };
  const told = auctionResult(auction, won);
  expect(TaskResult.safeParse(told).error).toBeUndefined();
  expect(told).toMatchObject({ claims: ["a"], auction });
  expect(told.text.split("\n\n")).toEqual([
    "Done by planner after an auction. planner made the only bid that meets the terms (1 bid, round 1 of 2). planner bids $0.10 and 30 s, confidence 80 %; has no record yet: confidence counts as 64 %. It had bid $0.10 and 30 s and needed $0.0004 and 41.3 s.",
    "Done.",
  ]);
});
