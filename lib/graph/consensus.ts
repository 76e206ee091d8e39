import { claimsOf, type Meaning, meaningOf, sameMeaning } from "#/lib/graph/claims.ts";
import { countEvidence, evidenceOnce, leftOut } from "#/lib/graph/evidence-once.ts";
import { shortened } from "#/lib/graph/shortened.ts";
import type { Consensus, Vote } from "#/lib/protocol/orchestration.ts";
import type { Evidence, TaskResult } from "#/lib/protocol/result.ts";

/** What one of those who were asked brought. */
export type Ballot = {
  /** Of the voter's task; the number at its end, `t1.v2`, is the voter's. */
  readonly ref: string;
  readonly agent: string;
  readonly result?: TaskResult;
  /** Why there is no result. */
  readonly error?: string;
};

/** Shares are quotients: 3 of 5 must reach 0.6. */
const tolerance = 1e-9;
/** Of one ballot; so thirty ballots of long claims are counted in well under a second. */
const maxComparedClaims = 10;

type Voter = {
  readonly vote: Vote;
  /** Of its claims, each once; the first of the one is the first of the other. */
  readonly meanings: readonly Meaning[];
  readonly evidence: readonly Evidence[];
};
type Group = Circle & { readonly answer: string };
type Circle = {
  /** With whom all of them agree. */
  readonly seed: Voter;
  readonly voters: readonly Voter[];
  readonly evidence: number;
  readonly confidence: number;
};

/**
 * Counts each ballot under one answer. Two ballots agree when their first claims say the same (or give the same yes or no), or
 * when at least two claims, and more than half of those of the one with fewer (of the first ten), stand in both, unless one
 * begins with yes and the other with no. The ballot that most others agree with is taken first, with these, then the next one
 * among those that are left; so the order of the ballots does not matter, and no answer is reached over several that are each a
 * little different.
 *
 * The share counts by all ballots: who failed, or said nothing, agrees with nobody. Of several answers with most votes the one
 * with more evidence is named first (the same quote counts once), then the higher mean confidence, then the voter with the
 * lowest number. That is a tie: it is recorded, and is no consensus, whatever share was asked for.
 */
export function countVotes(ballots: readonly Ballot[], minAgreement: number): Consensus {
  const voters = ballots.toSorted(byNumber).map(voterOf);
  const groups = groupsOf(voters.filter(({ meanings }) => meanings.length > 0)).sort(byRule);
  const [first, second] = groups;
  const share = first === undefined ? 0 : first.voters.length / ballots.length;
  const tie = first && second && isTie(first, second) ? tieOf(groups, first, second) : undefined;
  const answers = new Map(
    groups.flatMap(({ answer, voters }) => voters.map(({ vote }) => [vote.ref, answer] as const)),
  );
  return {
    reached: first !== undefined && tie === undefined && share >= minAgreement - tolerance,
    winner: first?.answer ?? null,
    share,
    minAgreement,
    votes: voters.map(({ vote }) => ({ ...vote, answer: answers.get(vote.ref) ?? null })),
    dissent: groups.slice(1).map(({ answer, voters }) => ({ answer, refs: voters.map(({ vote }) => vote.ref) })),
    ...(tie && { tie }),
  };
}

/** The smallest share that is more than half of so many. */
export function majorityOf(voters: number): number {
  return Math.min(1, (Math.floor(voters / 2) + 1) / voters);
}

/**
 * The vote as a result: what was decided and how, for a reader; the evidence of the winning side, then that of the others. It
 * claims what won, and nothing when there is no consensus.
 */
export function consensusResult(consensus: Consensus, ballots: readonly Ballot[]): TaskResult {
  const { winner, reached, votes } = consensus;
  const results = new Map(ballots.map(({ ref, result }) => [ref, result]));
  const sides = [
    ...votes.filter(({ answer }) => answer === winner),
    ...votes.filter(({ answer }) => answer !== winner),
  ];
  const found = evidenceOnce(sides.map(({ ref }) => results.get(ref)));
  return {
    text: [
      headline(consensus),
      ...tieLine(consensus),
      `Votes:\n\n${votes.map(voteLine).join("\n")}`,
      ...dissentLines(consensus),
      ...leftOut(found.left),
    ].join("\n\n"),
    evidence: found.evidence,
    artifacts: [],
    claims: reached && winner !== null ? [winner] : [],
    consensus,
  };
}

function byNumber(one: Ballot, other: Ballot): number {
  return numberOf(one.ref) - numberOf(other.ref) || (one.ref < other.ref ? -1 : 1);
}

function numberOf(ref: string): number {
  return Number(/\d+$/.exec(ref)?.[0] ?? 0);
}

function voterOf({ ref, agent, result, error }: Ballot): Voter {
  const stated = (result === undefined ? [] : claimsOf(result)).map((claim) => ({ claim, meaning: meaningOf(claim) }));
  const said = stated.filter(({ meaning }) => meaning.text !== "");
  const claims = said.map(({ claim }) => claim);
  const evidence = result?.evidence ?? [];
  const reason = error ?? (claims.length === 0 ? "it made no claim" : undefined);
  const vote: Vote = {
    ref,
    agent,
    answer: null,
    claims,
    evidence: countEvidence(evidence),
    confidence: result?.confidence ?? null,
    ...(reason === undefined ? {} : { error: reason }),
  };
  const meanings = new Map(said.map(({ meaning }) => [meaning.text, meaning]));
  return { vote, meanings: [...meanings.values()].slice(0, maxComparedClaims), evidence };
}

/** The voter whom most agree with makes a group with them, then the next among the others. */
function groupsOf(voters: readonly Voter[]): Group[] {
  const circles = voters.map((seed) => ({ seed, all: voters.filter((voter) => voter === seed || agree(seed, voter)) }));
  const chosen: Circle[] = [];
  const counted = new Set<Voter>();
  while (counted.size < voters.length) {
    const open = circles.filter(({ seed }) => !counted.has(seed));
    const left = open.map(({ seed, all }) =>
      circleOf(
        seed,
        all.filter((voter) => !counted.has(voter)),
      ),
    );
    const [circle] = left.sort(byRule);
    if (circle === undefined) break;
    chosen.push(circle);
    for (const voter of circle.voters) counted.add(voter);
  }
  return withAnswers(chosen);
}

function circleOf(seed: Voter, voters: readonly Voter[]): Circle {
  const sure = voters.flatMap(({ vote }) => vote.confidence ?? []);
  return {
    seed,
    voters,
    evidence: countEvidence(voters.flatMap(({ evidence }) => evidence)),
    confidence: sure.length === 0 ? 0 : sure.reduce((sum, value) => sum + value, 0) / sure.length,
  };
}

/**
 * The answer of each is the first claim that most of its voters have, but none that another one has: there is one left, for
 * the seeds do not agree with one another.
 */
function withAnswers(circles: readonly Circle[]): Group[] {
  const speakers = circles.map(({ seed }) => seed);
  return circles.map((circle, at) => {
    const speaker = speakerOf(circle, speakers.toSpliced(at, 1));
    speakers[at] = speaker;
    return { ...circle, answer: speaker.vote.claims[0] ?? "" };
  });
}

/** Of those with equally many behind them, the one with the lowest number. */
function speakerOf({ seed, voters }: Circle, others: readonly Voter[]): Voter {
  const able = voters.filter((voter) => !others.some((other) => beginsAlike(voter, other)));
  const backers = able.map((voter) => voters.filter((other) => beginsAlike(voter, other)).length);
  return able[backers.indexOf(Math.max(...backers))] ?? seed;
}

function beginsAlike({ meanings: [first] }: Voter, { meanings: [theirs] }: Voter): boolean {
  return first !== undefined && theirs !== undefined && sameMeaning(first, theirs);
}

function agree(one: Voter, other: Voter): boolean {
  const [[first], [theirs]] = [one.meanings, other.meanings];
  if (first === undefined || theirs === undefined) return false;
  if (first.verdict !== null && theirs.verdict !== null) return first.verdict === theirs.verdict;
  if (sameMeaning(first, theirs)) return true;
  const shared = Math.min(sharedBy(one, other), sharedBy(other, one));
  return shared >= 2 && shared > Math.min(one.meanings.length, other.meanings.length) / 2;
}

/** How many claims of the one the other makes, too. */
function sharedBy(one: Voter, other: Voter): number {
  return one.meanings.filter((claim) => other.meanings.some((another) => sameMeaning(claim, another))).length;
}

/** Votes, evidence, confidence; groups that are equal in all three stay in the order of their voters' numbers. */
function byRule(one: Circle, other: Circle): number {
  return other.voters.length - one.voters.length || other.evidence - one.evidence || other.confidence - one.confidence;
}

function isTie(one: Group, other: Group): boolean {
  return one.voters.length === other.voters.length;
}

function tieOf(groups: readonly Group[], first: Group, second: Group): NonNullable<Consensus["tie"]> {
  const between = groups.filter((group) => isTie(group, first)).map(({ answer }) => answer);
  if (first.evidence !== second.evidence)
    return { between, rule: `more evidence (${first.evidence} against ${second.evidence} pieces)` };
  if (first.confidence !== second.confidence)
    return {
      between,
      rule: `higher mean confidence (${percent(first.confidence)} against ${percent(second.confidence)})`,
    };
  return { between, rule: "the voter with the lowest number" };
}

function headline({ reached, winner, share, minAgreement, votes, tie }: Consensus): string {
  if (winner === null) return `There is NO consensus: none of ${votes.length} gave an answer.`;
  const agreeing = `${votes.filter(({ answer }) => answer === winner).length} of ${votes.length}`;
  const asked = `(${compared(share, minAgreement)} were asked for)`;
  if (tie) return `There is NO consensus, but a tie: ${listed(tie.between)} have ${agreeing} votes each ${asked}.`;
  if (reached) return `**${shortened(winner)}**\n\n${agreeing} agree ${asked}.`;
  return `There is NO consensus: of the answers, “${shortened(winner)}” has most votes, and only ${agreeing} agree ${asked}.`;
}

function listed(answers: readonly string[]): string {
  const quoted = answers.map((answer) => `“${shortened(answer)}”`);
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}

/** With as many digits as it takes to tell the two apart. */
function compared(share: number, asked: number): string {
  const digits =
    Math.abs(share - asked) < tolerance ? 0 : [0, 1, 2].find((d) => percent(share, d) !== percent(asked, d));
  return `${percent(share, digits)}, at least ${percent(asked, digits)}`;
}

function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

function tieLine({ tie, winner }: Consensus): string[] {
  if (tie === undefined || winner === null) return [];
  return [`No answer has a majority. “${shortened(winner)}” is named first by this rule: ${tie.rule}.`];
}

function voteLine({ ref, agent, answer, claims, evidence, confidence, error }: Vote): string {
  if (answer === null) return `- ${ref} (${agent}): no answer, ${shortened(error ?? "it made no claim")}`;
  const sure = confidence === null ? "" : `, confidence ${percent(confidence)}`;
  return `- ${ref} (${agent}): ${shortened(claims[0] ?? answer)} (${evidence} ${evidence === 1 ? "piece" : "pieces"} of evidence${sure})`;
}

function dissentLines({ dissent }: Consensus): string[] {
  if (dissent.length === 0) return [];
  return [
    `Dissent:\n\n${dissent.map(({ answer, refs }) => `- “${shortened(answer)}” (${refs.join(", ")})`).join("\n")}`,
  ];
}
