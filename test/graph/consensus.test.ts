import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ballot, consensusResult, countVotes } from "#/lib/graph/consensus.ts";
import { Consensus } from "#/lib/protocol/orchestration.ts";
import { type Evidence, TaskResult } from "#/lib/protocol/result.ts";

const piece = (quote: string, url = "/documents/1"): Evidence => ({
  claim: `it says ${quote}`,
  quote,
  source: { title: "Page", heading: [], url, origin: "page.md" },
});

const result = (claims: string[], given: Partial<TaskResult> = {}): TaskResult => ({
  text: claims.join("\n"),
  evidence: [],
  artifacts: [],
  claims,
  ...given,
});

const ballot = (number: number, claims: string | string[] | null, given: Partial<TaskResult> = {}): Ballot => ({
  ref: `t1.v${number}`,
  agent: "knowledge",
  ...(claims === null ? { error: "timed out after 300 s" } : { result: result([claims].flat(), given) }),
});

describe("counting votes", () => {
  it("counts different wordings of one answer as one", () => {
    const votes = countVotes(
      [ballot(1, "Yes."), ballot(2, "Yes, streamText throws errors."), ballot(3, "**No**, it never does.")],
      0.6,
    );
    expect(votes).toMatchObject({
      reached: true,
      winner: "Yes.",
      dissent: [{ answer: "**No**, it never does.", refs: ["t1.v3"] }],
    });
    expect(votes.share).toBeCloseTo(2 / 3);
    expect(votes.votes.map(({ answer }) => answer)).toEqual(["Yes.", "Yes.", "**No**, it never does."]);
    expect(votes.tie).toBeUndefined();
  });

  it("reaches 0.6 with three of five, and 0.7 not with two of three", () => {
    const five = ["Paris", "The capital is Paris", "paris", "Lyon", "Nice"].map((answer, at) => ballot(at + 1, answer));
    expect(countVotes(five, 0.6)).toMatchObject({ reached: true, share: 0.6 });
    expect(countVotes(five, 0.1 + 0.2 + 0.3)).toMatchObject({ reached: true });
    expect(countVotes(five, 0.61)).toMatchObject({ reached: false, winner: "Paris" });
    expect(countVotes(five.slice(1, 4), 0.7)).toMatchObject({ reached: false });
  });

  it("counts who failed or claimed nothing as a voter who agrees with nobody", () => {
    const votes = countVotes([ballot(1, "Paris"), ballot(2, null), ballot(3, []), ballot(4, "…!")], 0.5);
    expect(votes).toMatchObject({ reached: false, winner: "Paris", share: 0.25, dissent: [] });
    expect(votes.votes.map(({ error }) => error)).toEqual([
      undefined,
      "timed out after 300 s",
      "it made no claim",
      "it made no claim",
    ]);
  });

  it("has no winner when nobody answers, and none without voters", () => {
    expect(countVotes([ballot(1, null), ballot(2, null)], 0.5)).toMatchObject({
      reached: false,
      winner: null,
      share: 0,
    });
    expect(countVotes([], 0.5)).toMatchObject({ reached: false, winner: null, share: 0, votes: [] });
  });

  it("takes most of the claims for agreement when the first ones differ", () => {
    const shared = ["Postgres keeps every task", "Redis carries ids only"];
    const votes = countVotes(
      [
        ballot(1, ["Runs are logs of events", ...shared]),
        ballot(2, shared),
        ballot(3, [...shared, "Workers hold a lease"]),
      ],
      0.9,
    );
    expect(votes).toMatchObject({ reached: true, share: 1, winner: "Postgres keeps every task" });
    expect(
      countVotes([ballot(1, "Yes"), ballot(2, ["No", ...shared]), ballot(3, ["Yes", ...shared])], 0.6).dissent,
    ).toEqual([{ answer: "No", refs: ["t1.v2"] }]);
  });

  it("counts no claim twice, and gives no two groups the same answer", () => {
    const said = [
      ballot(1, ["No", "It waits"]),
      ballot(2, ["It waits", "It waits"], { confidence: 1 }),
      ballot(3, "No"),
    ];
    expect(countVotes(said, 0.6)).toMatchObject({ winner: "No", dissent: [{ answer: "It waits", refs: ["t1.v2"] }] });
    const crossed = [
      ballot(1, ["Yes", "Redis waits"]),
      ballot(2, "Yes"),
      ballot(3, ["it waits 6 s", "Yes, it waits", "Redis waits"]),
      ballot(4, ["It waits", "Redis waits"], { confidence: 0.1 }),
    ];
    const { winner, dissent } = countVotes(crossed, 0.6);
    const answers = [winner, ...dissent.map(({ answer }) => answer)];
    expect(answers).toEqual([...new Set(answers)]);
    expect(answers.length).toBeGreaterThan(1);
  });

  it("does not reach an answer over several that are each a little different", () => {
    const words = ["client retries failed requests", "after pauses", "jitter twice", "until deadlines pass"];
    const longer = words.map((_, at) => ballot(at + 1, words.slice(0, at + 1).join(" ")));
    expect(countVotes(longer, 0.9)).toMatchObject({ reached: false, share: 0.75, dissent: [{ refs: ["t1.v4"] }] });
  });

  it("breaks a tie by evidence, then confidence, then the lowest number, and records it", () => {
    const evidence = [piece("a"), piece("b")];
    const repeated = [piece("a"), piece("a"), piece("a")];
    expect(countVotes([ballot(1, "Yes", { evidence: repeated }), ballot(2, "No", { evidence })], 0.6)).toMatchObject({
      reached: false,
      winner: "No",
      tie: { between: ["No", "Yes"], rule: "more evidence (2 against 1 pieces)" },
    });
    expect(
      countVotes([ballot(1, "Yes", { confidence: 0.5 }), ballot(2, "No", { confidence: 0.9 })], 0.6),
    ).toMatchObject({
      winner: "No",
      tie: { rule: "higher mean confidence (90 % against 50 %)" },
    });
    const plain = countVotes([ballot(10, "Yes"), ballot(9, "No")], 0.6);
    expect(plain).toMatchObject({ winner: "No", tie: { rule: "the voter with the lowest number" } });
  });

  it("takes no tie for agreement, and half of the voters where that much was asked for and no other half disagrees", () => {
    const tie = [ballot(1, "Yes"), ballot(2, "No")];
    expect(countVotes(tie, 0.5)).toMatchObject({ reached: false, share: 0.5, winner: "Yes" });
    expect(consensusResult(countVotes(tie, 0.5), tie).claims).toEqual([]);
    const half = [ballot(1, "Yes"), ballot(2, "Yes"), ballot(3, "No"), ballot(4, null)];
    expect(countVotes(half, 0.5)).toMatchObject({ reached: true, share: 0.5, winner: "Yes" });
  });

  it("gives the same count whatever the order of the ballots", () => {
    const claims = fc.array(
      fc.constantFrom("Yes", "No", "Yes, it waits", "it waits 5 s", "it waits 6 s", "Redis waits", "It waits"),
      { maxLength: 4 },
    );
    const ballots = fc.array(
      fc.record({ claims, sure: fc.option(fc.constantFrom(0.1, 0.5, 0.9)), quotes: fc.nat(2), fails: fc.boolean() }),
      { minLength: 1, maxLength: 9 },
    );
    const shuffled = ballots.chain((drawn) => {
      const all = drawn.map(({ claims, sure, quotes, fails }, at) =>
        ballot(at + 1, fails ? null : claims, {
          ...(sure === null ? {} : { confidence: sure }),
          evidence: Array.from({ length: quotes }, (_, number) => piece(`${at % 2} ${number}`)),
        }),
      );
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }));
    });
    fc.assert(
      fc.property(shuffled, fc.double({ min: 0.5, max: 1, noNaN: true }), ([inOrder, mixed], asked) => {
        const counted = countVotes(inOrder, asked);
        expect(countVotes(mixed, asked)).toEqual(counted);
        expect(Consensus.safeParse(counted).error).toBeUndefined();
        const winners = counted.votes.filter(({ answer }) => answer !== null && answer === counted.winner).length;
        const others = counted.dissent.flatMap(({ refs }) => refs).length;
        expect(counted.share).toBe(winners / inOrder.length);
        expect(winners + others).toBe(counted.votes.filter(({ answer }) => answer !== null).length);
        expect(consensusResult(counted, mixed)).toEqual(consensusResult(counted, inOrder));
      }),
    );
  });
});

describe("the result of a vote", () => {
  it("tells the winner, the share, each vote and the dissent", () => {
    const ballots = [
      ballot(1, "Yes", { evidence: [piece("a")], confidence: 0.8 }),
      ballot(2, "No", { evidence: [piece("b"), piece("a")] }),
      ballot(3, "Yes, it\n# throws", { evidence: [piece("c"), piece("a")] }),
    ];
    const told = consensusResult(countVotes(ballots, 0.6), ballots);
    expect(TaskResult.safeParse(told).error).toBeUndefined();
    expect(told.text).toBe(
      [
        "**Yes**",
        "2 of 3 agree (67 %, at least 60 % were asked for).",
        "Votes:",
        "- t1.v1 (knowledge): Yes (1 piece of evidence, confidence 80 %)\n- t1.v2 (knowledge): No (2 pieces of evidence)\n- t1.v3 (knowledge): Yes, it # throws (2 pieces of evidence)",
        "Dissent:",
        "- “No” (t1.v2)",
      ].join("\n\n"),
    );
    expect(told.evidence.map(({ quote }) => quote)).toEqual(["a", "c", "b"]);
    expect(told.claims).toEqual(["Yes"]);
  });

  it("says that there is no consensus, and claims nothing then", () => {
    const ballots = [ballot(1, "Paris"), ballot(2, "Lyon"), ballot(3, null)];
    const told = consensusResult(countVotes(ballots, 0.6), ballots);
    expect(told.text).toContain(
      "There is NO consensus, but a tie: “Paris” and “Lyon” have 1 of 3 votes each (33 %, at least 60 % were asked for).",
    );
    expect(told.text).toContain(
      "No answer has a majority. “Paris” is named first by this rule: the voter with the lowest number.",
    );
    expect(told.text).toContain("- t1.v3 (knowledge): no answer, timed out after 300 s");
    expect(told.claims).toEqual([]);
    expect(consensusResult(countVotes([ballot(1, null)], 0.6), []).text).toContain("none of 1 gave an answer");
  });

  it("shows as many digits as tell the share from what was asked for", () => {
    const ballots = [ballot(1, "Paris"), ballot(2, "Paris"), ballot(3, "Lyon")];
    expect(consensusResult(countVotes(ballots, 0.67), ballots).text).toContain(
      "(66.7 %, at least 67.0 % were asked for)",
    );
  });

  it("keeps at most 400 KB of evidence, and says what it left out", () => {
    const evidence = [1, 2, 3].map((number) => piece(`${number}${"x".repeat(75_000)}`));
    const told = consensusResult(countVotes([ballot(1, "Yes", { evidence })], 0.6), [ballot(1, "Yes", { evidence })]);
    expect(told.evidence).toHaveLength(2);
    expect(told.text).toContain("1 of the pieces");
  });
});
