import { claimsOf } from "#/lib/graph/claims.ts";
import {
  type Difference,
  differenceOf,
  maxChars,
  readStatement,
  type Statement,
  saysSomething,
} from "#/lib/graph/statement.ts";
import { sentencesIn, spelledOut, stemsOf, tokensOf } from "#/lib/graph/wording.ts";
import type { Evidence, TaskResult } from "#/lib/protocol/result.ts";

export type Side = {
  readonly ref: string;
  readonly agent: string;
  readonly statement: string;
  /** Pieces of evidence that say the same. */
  readonly evidence: number;
};

/** Two results that contradict each other; both are shown, `first` before `second`. */
export type Conflict = {
  /** What both speak of, in words that both use. */
  readonly subject: string;
  readonly first: Side;
  readonly second: Side;
  /** Why the first one is first. */
  readonly rule: string;
};

export type SettledResult = {
  readonly ref: string;
  readonly agent: string;
  /** Of the agent, 0 to 100. */
  readonly priority: number;
  /**
   * What was asked, which a bare "yes" or "no" does not say: without it, or when it is longer than 400 UTF-16 units, such an
   * answer is compared with nothing.
   */
  readonly task?: string;
  readonly result: TaskResult;
};

/** What an agent that does not say its priority counts as. */
export const usualPriority = 50;
/**
 * Bounds of the work, whatever comes in: what is beyond them is not compared. Of a run, the results that settle first: to read
 * one and to compare it with all before takes some 2 ms.
 */
const maxResults = 50;
const maxStatements = 50;
const maxEvidence = 25;
const maxSentences = 5;
/** Of a quote, in UTF-16 units. */
const maxQuote = 4_000;
const maxCompared = 100;
const maxConflicts = 20;
/** Kept to choose the listed ones from. */
const maxFound = 200;
/** Evidence speaks of a statement when it has so many of its words. */
const supportingShare = 0.6;
/** What an agent that does not say how sure it is counts as. */
const usualConfidence = 0.5;

/** A statement of one result, with what it is ranked by. */
type Said = {
  /** Counts all statements of all results, in the order in which they came. */
  readonly at: number;
  readonly from: SettledResult;
  readonly statement: Statement;
  readonly evidence: number;
  readonly confidence: number;
};

/**
 * The contradictions between results of different tasks: two statements about the same thing, one of which denies it, or gives
 * another number, date, version, or the other answer to the same question (lib/graph/statement.ts says how careful this is:
 * a contradiction may be missed, two things are hardly ever taken for one). Statements are a result's claims, else those of
 * its evidence with the sentences of its quotes, else the sentences of its text; at most 50 a result
 * (20 of them claims) and 50 results.
 *
 * What has more evidence is shown first, then what its agent is surer of, then what the agent with the higher priority says,
 * then what was given first. One contradiction is listed once, however many results take either side; at most 20 are.
 */
export class Conflicts {
  readonly #byWord = new Map<string, Said[]>();
  /** By the word of each that was the rarest when it came. */
  readonly #byRarest = new Map<string, Said[]>();
  readonly #found = new Map<string, Pair>();
  #results = 0;

  /** One more result, which is compared with all before it. */
  push(result: SettledResult): void {
    if (this.#results === maxResults) return;
    const said = statementsOf(result, this.#results++).filter(({ statement }) => statement.meaning.words.size > 0);
    for (const one of said) for (const other of this.#near(one)) this.#compare(one, other);
    for (const one of said) this.#keep(one);
  }

  list(): Conflict[] {
    return [...this.#found.values()].sort(byRankOfPairs).slice(0, maxConflicts).map(conflictOf);
  }

  /** Those in which all words of this one stand, and those of which all words stand in this one: others cannot contradict it. */
  #near(one: Said): Set<Said> {
    const holding = this.#byWord.get(this.#rarestOf(one)) ?? [];
    const held = [...one.statement.meaning.words].flatMap((word) => this.#byRarest.get(word) ?? []);
    return new Set([...holding.slice(0, maxCompared), ...held.slice(0, maxCompared)]);
  }

  #compare(one: Said, other: Said): void {
    const pair = byRank(one, other) < 0 ? ([one, other] as const) : ([other, one] as const);
    const [first, second] = pair;
    const difference = first.from.ref === second.from.ref ? null : differenceOf(first.statement, second.statement);
    if (difference === null) return;
    const key = keyOf(difference, first.statement, second.statement);
    const known = this.#found.get(key);
    const isBetter = known === undefined ? this.#found.size < maxFound : byRankOfPairs(pair, known) < 0;
    if (isBetter) this.#found.set(key, pair);
  }

  #keep(one: Said): void {
    enter(this.#byRarest, this.#rarestOf(one), one);
    for (const word of one.statement.meaning.words) enter(this.#byWord, word, one);
  }

  #rarestOf({ statement }: Said): string {
    const count = (word: string) => this.#byWord.get(word)?.length ?? 0;
    return [...statement.meaning.words].reduce((rarest, word) => (count(word) < count(rarest) ? word : rarest));
  }
}

/** Of results that are all there. */
export function conflictsOf(results: readonly SettledResult[]): Conflict[] {
  const conflicts = new Conflicts();
  for (const result of results) conflicts.push(result);
  return conflicts.list();
}

type Pair = readonly [first: Said, second: Said];

function enter(index: Map<string, Said[]>, word: string, one: Said): void {
  const list = index.get(word);
  if (list === undefined) index.set(word, [one]);
  else list.push(one);
}

function statementsOf(from: SettledResult, number: number): Said[] {
  const { result } = from;
  const read = readerOf(result);
  const found = result.evidence.slice(0, maxEvidence).map(saidBy);
  const stated = claimsOf(result);
  const texts = result.claims?.length ? stated : [...stated, ...found.flat()];
  const evidence = found.map((sentences) => sentences.map(read));
  const confidence = result.confidence ?? usualConfidence;
  return [...new Set(texts)].slice(0, maxStatements).flatMap((text, index) => {
    const own = read(text);
    const statement = own.meaning.bare ? answerTo(from.task, own) : own;
    if (statement === null || (!own.meaning.bare && !saysSomething(text))) return [];
    const count = own.meaning.bare ? evidence.length : evidence.filter((said) => speaksOf(said, statement)).length;
    return [{ at: number * maxStatements + index, from, statement, evidence: count, confidence }];
  });
}

/** What was read of a result: all who follow a run, and each turn of its main agent, compare the same results. */
const readings = new WeakMap<TaskResult, Map<string, Statement>>();

function readerOf(result: TaskResult): (text: string) => Statement {
  const known = readings.get(result) ?? new Map<string, Statement>();
  readings.set(result, known);
  return (text) => {
    const statement = known.get(text) ?? readStatement(text);
    known.set(text, statement);
    return statement;
  };
}

/** The claim and the first sentences of the quote. */
function saidBy({ claim, quote }: Evidence): string[] {
  const sentences = sentencesIn(quote.slice(0, maxQuote)).filter((line) => /\p{L}/u.test(line));
  return [claim, ...sentences.slice(0, maxSentences)].map((line) => line.trim());
}

/** A bare "yes" says of what was asked that it is so. */
function answerTo(task: string | undefined, answer: Statement): Statement | null {
  if (task === undefined || task.length > maxChars || answer.meaning.verdict === "unknown") return null;
  const asked = readStatement(task);
  const meaning = { ...asked.meaning, verdict: answer.meaning.verdict, bare: true, negative: false };
  return { ...asked, text: answer.text, meaning, denied: new Set(), values: new Map() };
}

function speaksOf(evidence: readonly Statement[], statement: Statement): boolean {
  const { words } = statement.meaning;
  return evidence.some(({ text, meaning }) => {
    if (text === statement.text) return true;
    const shared = [...words].filter((word) => meaning.words.has(word)).length;
    const numbers = [...statement.meaning.numbers.keys()].every((number) => meaning.numbers.has(number));
    return (
      shared > 0 && shared >= supportingShare * words.size && numbers && meaning.negative === statement.meaning.negative
    );
  });
}

function byRank(a: Said, b: Said): number {
  return b.evidence - a.evidence || b.confidence - a.confidence || b.from.priority - a.from.priority || a.at - b.at;
}

function byRankOfPairs(one: Pair, other: Pair): number {
  return byRank(one[0], other[0]) || byRank(one[1], other[1]);
}

/** The same for all pairs that take the same two sides of the same thing. */
function keyOf(difference: Difference, one: Statement, other: Statement): string {
  const words = sharedWords(one, other).sort().join(" ");
  if (difference !== "other value") return `${difference} ${words}`;
  const sides = [one, other].map(({ values }) => JSON.stringify([...values].sort())).sort();
  return `${difference} ${words} ${sides.join(" ")}`;
}

function sharedWords(one: Statement, other: Statement): string[] {
  return [...one.meaning.words].filter((word) => other.meaning.words.has(word));
}

function conflictOf([first, second]: Pair): Conflict {
  const shared = new Set(sharedWords(first.statement, second.statement));
  return {
    subject: subjectIn(first, shared),
    first: sideOf(first),
    second: sideOf(second),
    rule: ruleOf(first, second),
  };
}

/** The shared words as the first side, or for a bare answer its task, spells them. */
function subjectIn({ statement, from }: Said, shared: ReadonlySet<string>): string {
  const text = statement.meaning.bare ? (from.task ?? "") : statement.text;
  const words = text.match(/[\p{L}\p{N}_.$]*[\p{L}\p{N}_$]/gu) ?? [];
  const said = words.filter((word) =>
    stemsOf(tokensOf(spelledOut(word).toLowerCase())).some((stem) => shared.has(stem)),
  );
  return [...new Set(said)].join(" ") || [...shared].join(" ");
}

function sideOf({ from, statement, evidence }: Said): Side {
  return { ref: from.ref, agent: from.agent, statement: statement.text, evidence };
}

function ruleOf(first: Said, second: Said): string {
  if (first.evidence !== second.evidence) {
    return `${first.from.ref} has more evidence (${first.evidence} against ${second.evidence})`;
  }
  const alike = "as much evidence on both sides";
  if (first.confidence !== second.confidence) {
    return `${alike}; ${first.from.ref} is surer (${first.confidence} against ${second.confidence})`;
  }
  if (first.from.priority !== second.from.priority) {
    const [high, low] = [first.from, second.from].map(({ agent, priority }) => `${agent} ${priority}`);
    return `${alike}, equally sure; the agent of ${first.from.ref} has the higher priority (${high}, ${low})`;
  }
  return `nothing speaks for either side; ${first.from.ref} was there first`;
}
