import { describe, expect, test } from "vitest";
import type { Consensus, Note } from "#/lib/protocol/orchestration.ts";
import type { Check } from "#/test/demo/check.ts";
import { judgeBoard } from "#/test/demo/patterns/blackboard.ts";
import { judgeAgreed, judgeOpen } from "#/test/demo/patterns/consensus.ts";
import { judgeTree } from "#/test/demo/patterns/hierarchical.ts";
import { judgeAuction, judgeRecord } from "#/test/demo/patterns/market.ts";
import { judgeFan } from "#/test/demo/patterns/parallel.ts";
import { judgeReplan } from "#/test/demo/patterns/replan.ts";
import { judgeChain, judgeLenient, judgeStrict } from "#/test/demo/patterns/sequential.ts";
import { judgeResearch, judgeVerify } from "#/test/demo/patterns/workflow.ts";
import type { Story } from "#/test/demo/story.ts";
import {
  answered,
  cancelled,
  claimed,
  completed,
  created,
  failed,
  type Line,
  storyBy,
} from "#/test/demo/written-log.ts";

/** A demo that cannot fail shows nothing: each promise is judged on a log that keeps it, and on logs that do not. */
const broken = (checks: readonly Check[]) => checks.filter(({ isSo }) => !isSo).map(({ what }) => what);
const judged = (judge: (story: Story) => Check[], lines: readonly Line[]) => broken(judge(storyBy(lines)));

const source = { title: "The vault", heading: [], url: "/documents/1", origin: "vault.md" };
const evidence = [{ claim: "c", quote: "q", source }];

describe("sequential", () => {
  const [one, two] = [created("t1"), created("t2", { dependsOn: ["t1"] })];
  const withPage = completed("t2", { text: 'beginning with "The vault"' });

  test("B is claimed after A has ended, and builds on it", () => {
    const [first, second] = [completed("t1", { evidence }), claimed("t2")];
    expect(judged(judgeChain, [one, two, claimed("t1"), first, second, withPage])).toEqual([]);
    expect(judged(judgeChain, [one, two, claimed("t1"), second, first, withPage])).toHaveLength(1);
    expect(judged(judgeChain, [one, two, claimed("t1"), first, second, completed("t2")])).toHaveLength(1);
  });

  test("a strict failure cancels what has not started, with the reason", () => {
    const begin = [one, failed("t1", "broken"), two, created("t3", { dependsOn: ["t2"] })];
    const lost = (ref: string) => `It depends on ${ref}.`;
    expect(judged(judgeStrict, [...begin, cancelled("t2", lost("t1")), cancelled("t3", lost("t2"))])).toEqual([]);
    expect(judged(judgeStrict, [...begin, cancelled("t2", "no"), cancelled("t3", lost("t2"))])).toHaveLength(1);
    expect(judged(judgeStrict, [...begin, claimed("t2"), cancelled("t2", lost("t1")), completed("t3")])).toHaveLength(
      2,
    );
  });

  test("one that is not strict lets the next one go on and be told", () => {
    const begin = [created("t1", { strict: false }), failed("t1", "it is broken"), two, claimed("t2")];
    expect(judged(judgeLenient, [...begin, completed("t2", { text: "Failed: it is broken" })])).toEqual([]);
    expect(judged(judgeLenient, [...begin, completed("t2")])).toHaveLength(1);
    expect(judged(judgeLenient, [...begin, cancelled("t2", "it is broken")])).toHaveLength(2);
  });
});

test("parallel: all run before the first ends, in the time of the slowest", () => {
  const refs = ["a", "b", "c"];
  const begin = [created("failing"), failed("failing", "no"), ...refs.map((ref) => created(ref))];
  const ends = refs.map((ref) => completed(ref, {}, 900));
  expect(judged(judgeFan, [...begin, ...refs.map(claimed), ...ends])).toEqual([]);
  const oneByOne = refs.flatMap((ref, at) => [claimed(ref), ends[at] ?? completed(ref)]);
  expect(judged(judgeFan, [...begin, ...oneByOne])).toEqual(["all of them run before the first has ended"]);
  const slow = refs.map((ref) => completed(ref, {}, 300));
  expect(judged(judgeFan, [...begin, ...refs.map(claimed), ...slow])).toHaveLength(1);
  expect(judged(judgeFan, [...begin, ...refs.map(claimed), ...ends.slice(1), failed("a", "no")])).toHaveLength(1);
});

test("hierarchical: the parent ends after its own, which passed the gate, and is made from them", () => {
  const action = { kind: "delegate", agentType: "knowledge", task: "x", id: "t1.s1", dependsOn: [], mode: "parallel" };
  const data = { turn: 0, block: 0, author: "agent", span: [0, 0], normalised: [], text: "" };
  const accepted: Line = [
    "action.accepted",
    "t1",
    { ...data, action: { ...action, priority: "normal", strict: true } },
  ];
  const children = ["t1.s1", "t1.s2"];
  const begin = [created("t1", { agent: "planner" }), accepted, accepted, ...children.map((ref) => created(ref))];
  const end = (from: string[]) => completed("t1", { aggregated: { how: "concat", from } });
  const judge = (story: Story) => judgeTree(story, "t1");
  const ends = children.map((ref) => completed(ref));
  expect(judged(judge, [...begin, ...ends, end(children)])).toEqual([]);
  expect(judged(judge, [...begin, ...ends.slice(0, 1), end(children), ...ends.slice(1)])).toHaveLength(2);
  expect(judged(judge, [...begin, ...ends, end(["t1.s1"])])).toHaveLength(1);
  expect(judged(judge, [...begin.slice(2), begin[0] ?? accepted, ...ends, end(children)])).not.toEqual([]);
});

test("consensus: winner and share are kept, and below the threshold there is none", () => {
  const refs = ["t1.v1", "t1.v2", "t1.v3"];
  const votes = refs.map((ref) => ({ ref, agent: "knowledge", answer: "yes", claims: [], evidence: 1, confidence: 1 }));
  const won: Consensus = { reached: true, winner: "yes", share: 1, minAgreement: 0.6, votes, dissent: [] };
  const voters = [created("t1"), ...refs.map((ref) => created(ref)), ...refs.map((ref) => completed(ref))];
  expect(judged(judgeAgreed, [...voters, completed("t1", { consensus: won })])).toEqual([]);
  expect(judged(judgeAgreed, [...voters, completed("t1", { consensus: { ...won, share: 2 / 3 } })])).toHaveLength(1);
  expect(judged(judgeAgreed, [...voters.slice(0, -1), completed("t1", { consensus: won })])).toHaveLength(1);

  const open = {
    ...won,
    reached: false,
    share: 2 / 3,
    minAgreement: 0.9,
    dissent: [{ answer: "no", refs: ["t1.v3"] }],
  };
  const said = completed("t1", { text: "There is NO consensus", consensus: open });
  expect(judged(judgeOpen, [...voters, said, ...answered("There is no consensus.")])).toEqual([]);
  expect(judged(judgeOpen, [...voters, said, ...answered("They agree.")])).toHaveLength(1);
  expect(judged(judgeOpen, [...voters, completed("t1", { consensus: won }), ...answered("They agree.")])).toHaveLength(
    2,
  );
});

test("blackboard: the number is found over the board and not without, and questions are taken back", () => {
  const refs = ["t1", "t2", "t3"];
  const run = (text: string) =>
    storyBy([...refs.map((ref) => created(ref)), ...refs.map((ref) => completed(ref, { text })), ...answered(text)]);
  const note = (author: string, more: Partial<Note> = {}): Note => {
    return { id: author, author, at: "now", kind: "fact", text: "f", source: "s", retracted: false, ...more };
  };
  const notes = [...refs.map((ref) => note(ref)), note("t3", { kind: "question", retracted: true })];
  expect(broken(judgeBoard(run("nothing"), run("4711"), notes))).toEqual([]);
  expect(broken(judgeBoard(run("4711"), run("4711"), notes))).toHaveLength(1);
  expect(broken(judgeBoard(run("nothing"), run("nothing"), notes))).toHaveLength(1);
  expect(broken(judgeBoard(run("nothing"), run("4711"), notes.slice(1, 3)))).toHaveLength(2);
});

test("market: one bid an agent and round, one award to the winner, with reasons and what it needed", () => {
  const bidders = ["knowledge", "planner"] as const;
  const bids = bidders.map((agent, at) => {
    const bid = { price: 0, seconds: 1, confidence: 1 - at / 2 };
    return { ref: `t1.b${at + 1}`, agent, round: 1, bid, score: 1, reasons: [] };
  });
  const actual = { seconds: 0.1, costUsd: 0 };
  const part = (kind: string, number: number, of: number) => ({ part: { kind, number, of } });
  const begin = [
    created("t1"),
    ...bids.map(({ ref, agent }, at) => created(ref, { agent, ...part("bid", at + 1, 2) })),
  ];
  const decided: Line = ["auction.decided", "t1", { round: 1, bids, winner: "knowledge", reasons: ["it is ahead"] }];
  const award = (ref: string) => [created(ref, part("award", 1, 1)), completed(ref)];
  const auction = { rounds: 1, bids, winner: "knowledge" as const, reasons: [] };
  const end = completed("t1", { auction: { ...auction, actual } });
  const judge = (story: Story) => judgeAuction(story, bidders);
  expect(judged(judge, [...begin, decided, ...award("t1.a1"), end])).toEqual([]);
  expect(judged(judge, [...begin, decided, ...award("t1.a1"), ...award("t1.a2"), end])).toHaveLength(1);
  expect(judged(judge, [...begin.slice(0, 2), ...award("t1.a1"), end])).toHaveLength(2);
  expect(judged(judge, [...begin, decided, ...award("t1.a1"), completed("t1", { auction })])).toHaveLength(1);
});

test("market: the next auction speaks of what the winner needed in those before", () => {
  const auctionWith = (reasons: string[]) => {
    const bid = { ref: "t1.b1", agent: "knowledge" as const, round: 1, bid: null, score: 1, reasons };
    const auction = { rounds: 1, bids: [bid], winner: "knowledge" as const, reasons: [] };
    return storyBy([created("t1"), completed("t1", { auction })]);
  };
  const first = auctionWith(["bids $0.00 and 2 s"]);
  const next = auctionWith([
    "bids $0.00 and 2 s",
    "needed 0.7 times the seconds it had bid (1 auction): counts as 1.4 s",
  ]);
  expect(judgeRecord(first, next).isSo).toBe(true);
  expect(judgeRecord(first, first).isSo).toBe(false);
});

describe("replan", () => {
  const words = { task: "When was the lighthouse Mira lit?" };
  const change: Line = [
    "plan.changed",
    null,
    { by: "user", dropped: ["doomed"], changed: ["pending"], added: ["added"] },
  ];
  const begin = [created("begun"), created("pending"), created("doomed"), claimed("begun")];
  const changes = [
    change,
    cancelled("doomed", "dropped"),
    created("added"),
    ["task.changed", "pending", created("pending", words)[2]],
  ] as Line[];
  const rest = [claimed("pending"), completed("pending", { text: "in 1874" }), claimed("added"), completed("added")];
  const judge = (story: Story) => judgeReplan(story, "task-started");

  test("what waits changes, what has started stays, and the change is an event", () => {
    expect(judged(judge, [...begin, ...changes, completed("begun"), ...rest])).toEqual([]);
    expect(broken(judgeReplan(storyBy([...begin, ...changes, completed("begun"), ...rest]), "nothing"))).toHaveLength(
      1,
    );
  });

  test("is not kept by a change behind the end, a dropped task that ran, or old words", () => {
    expect(judged(judge, [...begin, completed("begun"), ...changes, ...rest])).toHaveLength(1);
    expect(judged(judge, [...begin, claimed("doomed"), ...changes, completed("begun"), ...rest])).toHaveLength(1);
    expect(judged(judge, [...begin, ...changes.slice(0, 3), completed("begun"), ...rest])).toHaveLength(1);
  });
});

describe("workflow", () => {
  test("each step settles once, after what it depends on", () => {
    const begin = [created("basics"), created("limits"), created("plan", { dependsOn: ["basics", "limits"] })];
    const started = [...begin, claimed("basics"), claimed("limits")];
    const found = [completed("basics"), completed("limits")];
    expect(judged(judgeResearch, [...started, ...found, claimed("plan"), completed("plan")])).toEqual([]);
    expect(judged(judgeResearch, [...started, claimed("plan"), ...found, completed("plan")])).toHaveLength(1);
    expect(judged(judgeResearch, [...started, ...found, claimed("plan")])).toHaveLength(1);
  });

  test("holes are filled, and a step for the case of a failure is left out", () => {
    const task = "Was it built by the firm Kestrel?";
    const consensus: Consensus = { reached: true, winner: "yes", share: 1, minAgreement: 0.6, votes: [], dissent: [] };
    const part = { kind: "vote", number: 1, of: 1 };
    const steps = [created("vote", { task, mode: "consensus", voters: 1 }), created("vote.v1", { task, part })];
    const next = created("next", { task, condition: "failed" });
    const ends = [completed("vote.v1"), completed("vote", { consensus })];
    expect(judged(judgeVerify, [...steps, next, ...ends, cancelled("next", "no")])).toEqual([]);
    expect(judged(judgeVerify, [...steps, next, ...ends, claimed("next"), completed("next")])).toHaveLength(1);
    expect(judged(judgeVerify, [...steps.slice(0, 1), next, ...ends.slice(1), cancelled("next", "no")])).toHaveLength(
      1,
    );
    expect(judged(judgeVerify, [...steps, next, cancelled("vote", "no"), cancelled("next", "no")])).toHaveLength(2);
  });
});
