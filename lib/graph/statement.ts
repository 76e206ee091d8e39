import { type Meaning, meaningOf } from "#/lib/graph/claims.ts";
import { negations, stemsOf, wordSet } from "#/lib/graph/wording.ts";

/** A sentence, ready to be compared with many others. */
export type Statement = {
  readonly text: string;
  readonly meaning: Meaning;
  /** What it denies: the first word behind each negation. */
  readonly denied: ReadonlySet<string>;
  /** Values by what they measure, in the smallest unit of it; `""` where no unit is said. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  /** Numbers that say of what or when it speaks: "Node 20 is ...", "In 2023 ...". */
  readonly about: string;
  /** Bounds such as `at least`: what stays within them contradicts nothing. */
  readonly bounds: string;
  readonly approximate: boolean;
  /** How often it narrows down what it says: `if`, `when`, `for`, `of`, ... */
  readonly limits: number;
  /** It names one of several, so that another number beside it may be right, too. */
  readonly open: boolean;
};

/** What two statements differ in. */
export type Difference = "denied by one" | "other value" | "other answer";

const limiting = wordSet(
  "if when whenever unless while until except only after before during once where without with for of in on by per as to",
);
const bounding = wordSet("least most than under over up below above between minimum maximum within");
const about = /\b(?:about|approximately|approx|around|roughly|nearly|almost|circa|some)\b|~\s*\d/i;
const severalOf =
  /\b(?:supports?|includes?|contains?|offers?|provides?|accepts?|such as|for example|e\.g|also|another|other|or)\b/i;

const elsewhere =
  /^[\s*_\->]*(?:this|these|those|that|it|they|he|she|must|should|can|may|will|returns?|defaults?|see|note|upgrade|update|install|run|use|add|set|create|pass|open|call|make|ensure|replace|import|choose|the (?:following|above|latter|former))\b|\bthe following\b/i;
/** Of a sentence that is compared: a longer one says too many things at once. */
export const maxChars = 400;

/** Two statements must share this many words, beside numbers, before they can speak of the same thing. */
const fewestWords = 2;
/** Of the words of two statements together, so many must stand in both. */
const sameThingShare = 0.6;
const tolerance = 0.1;

/**
 * Whether a sentence says something by itself. Questions, instructions ("Upgrade to 5.0."), announcements that end with a
 * colon, and sentences whose subject stands in another one ("It ...", "Must not ...", "The following ...") do not.
 */
export function saysSomething(text: string): boolean {
  return text.length <= maxChars && !/[?:]\s*$/.test(text) && !elsewhere.test(text);
}

export function readStatement(text: string): Statement {
  const { dates, rest } = withoutDates(asDenials(plainly(text)));
  const meaning = meaningOf(rest);
  const { tokens } = meaning;
  const circumstances = circumstancesIn(rest, meaning);
  return {
    text,
    meaning,
    denied: deniedIn(meaning),
    values: valuesIn(meaning, circumstances.length, dates.values),
    about: [...circumstances, ...dates.about].join(" "),
    bounds: tokens.filter((token) => bounding.has(token)).join(" "),
    approximate: about.test(text),
    limits: tokens.filter((token) => limiting.has(token)).length,
    open: severalOf.test(text),
  };
}

/** Without addresses, the number of the next point of a list, and what it is told apart from ("..., not that ..."). */
function plainly(text: string): string {
  return text
    .slice(0, maxChars)
    .replace(/https?:\/\/\S+/g, " ")
    .replace(/(?<=[.!])\s+\d{1,2}[.)]?\s*$/, "")
    .replace(/(?:,|\bbut|\band)\s+not\s[^,;.]*/g, " ");
}

/** Opposites that are one word, written as denials; the denial of one is none. */
function asDenials(text: string): string {
  return text
    .replace(
      /\b(?:un|in|im|non-?)(supported|available|able|possible|valid|correct|safe|stable|secure|compatible|limited|necessary)\b/gi,
      "not $1",
    )
    .replace(/\bdisabled\b/gi, "not enabled")
    .replace(/\boptional\b/gi, "not required")
    .replace(/\bfalse\b(?=\W*$)/i, "not true")
    .replace(/\b(?:fails? to|no longer|never)\b/gi, "not")
    .replace(/\bnot not\b/gi, "");
}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const date =
  /\b(?:(\d{4})-(\d{2})-(\d{2})|([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})|(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})\.?,? (\d{4}))\b/gi;

/** Dates as numbers such as 20240301, and the text without them; one near its beginning says when, not what. */
function withoutDates(text: string): { dates: { values: number[]; about: string[] }; rest: string } {
  const dates = { values: [] as number[], about: [] as string[] };
  const rest = text.replace(date, (whole, y1, m1, d1, m2, d2, y2, d3, m3, y3, at: number) => {
    const month =
      m1 === undefined
        ? months.indexOf(
            String(m2 ?? m3)
              .slice(0, 3)
              .toLowerCase(),
          ) + 1
        : Number(m1);
    if (month === 0) return whole;
    const value = Number(y1 ?? y2 ?? y3) * 10_000 + month * 100 + Number(d1 ?? d2 ?? d3);
    if (at < 8) dates.about.push(`${value}`);
    else dates.values.push(value);
    return " ";
  });
  return { dates, rest };
}

/** An answer "no" denies what it says; "without" narrows it down. */
function deniedIn({ verdict, tokens }: Meaning): Set<string> {
  const said = verdict === "no" ? [verdict, ...tokens] : tokens;
  const denied = said.flatMap((token, at) =>
    negations.has(token) && !limiting.has(token) ? stemsOf(said.slice(at + 1, at + 6)).slice(0, 1) : [],
  );
  return new Set(denied);
}

/** Bare numbers at the beginning, and in what stands before the first comma of "In version 6, ...". */
function circumstancesIn(text: string, { tokens, numbers }: Meaning): string[] {
  const lead = /^\s*(?:in|on|since|as of|with|for|to|until|before|after|from|by)\s[^,]{0,100},/i.exec(text)?.[0];
  const led = lead === undefined ? 0 : meaningOf(lead).tokens.length;
  return tokens.slice(0, led || 2).filter((token) => numbers.get(token) === "");
}

/** What a unit measures, and how many of the smallest unit it is. */
const measures: Readonly<Record<string, readonly [string, number]>> = {
  ms: ["time", 1],
  second: ["time", 1_000],
  minute: ["time", 60_000],
  hour: ["time", 3_600_000],
  day: ["time", 86_400_000],
  week: ["time", 604_800_000],
  byte: ["size", 1],
  kb: ["size", 1_000],
  mb: ["size", 1_000_000],
  gb: ["size", 1_000_000_000],
};

function valuesIn(
  { tokens, numbers }: Meaning,
  circumstances: number,
  dates: readonly number[],
): Map<string, number[]> {
  const values = new Map<string, number[]>(dates.length > 0 ? [["date", [...dates]]] : []);
  let skipped = 0;
  for (const token of tokens) {
    const unit = numbers.get(token);
    if (unit === undefined) continue;
    if (unit === "" && skipped < circumstances) {
      skipped += 1;
      continue;
    }
    const [measure, size] = measures[unit] ?? [unit, 1];
    values.set(measure, [...(values.get(measure) ?? []), versionAsNumber(token) * size]);
  }
  return values;
}

/** 1.10.2 comes behind 1.9.4; a plain decimal is itself. */
function versionAsNumber(token: string): number {
  const parts = token.split(".");
  return parts.length < 3 ? Number(token) : parts.reduce((sum, part) => sum * 100_000 + Number(part), 0);
}

/**
 * What two statements contradict each other in; null when they do not, or when it is not certain that they speak of the same
 * thing. They do when at least 0.6 of their words are the same, and only one of them has words that the other lacks: no
 * name, and nothing that narrows it down. So "the timeout of A is 3" and "the timeout of B is 5" are two things.
 */
export function differenceOf(one: Statement, other: Statement): Difference | null {
  if (!isSameThing(one, other)) return null;
  if (isDenied(one, other) || isDenied(other, one)) return "denied by one";
  const [mine, theirs] = [one.meaning.verdict, other.meaning.verdict];
  if ((mine === "yes" && theirs === "no") || (mine === "no" && theirs === "yes")) return "other answer";
  return hasOtherValue(one, other) ? "other value" : null;
}

function isSameThing(one: Statement, other: Statement): boolean {
  const [few, many] = one.meaning.words.size <= other.meaning.words.size ? [one, other] : [other, one];
  const { size } = few.meaning.words;
  if (size < fewestWords || size < sameThingShare * many.meaning.words.size || one.about !== other.about) return false;
  if (![...few.meaning.words].every((word) => many.meaning.words.has(word))) return false;
  if (size === many.meaning.words.size) return true;
  const added = [...many.meaning.words].filter((word) => !few.meaning.words.has(word));
  return many.limits <= few.limits && !added.some((word) => many.meaning.names.has(word));
}

/** A word that both use is denied by the one, and the other denies nothing. */
function isDenied(one: Statement, other: Statement): boolean {
  return (
    other.denied.size === 0 && !other.meaning.negative && [...one.denied].some((word) => other.meaning.words.has(word))
  );
}

/** The same things are measured, each once, and exactly one of the values is another. */
function hasOtherValue(one: Statement, other: Statement): boolean {
  if (one.bounds !== other.bounds || one.values.size !== other.values.size) return false;
  const others = [...one.values].filter(([measure, values]) => !isSame(values, other.values.get(measure), one, other));
  const [[measure, mine] = [], ...more] = others;
  if (measure === undefined || more.length > 0) return false;
  if (mine?.length !== 1 || other.values.get(measure)?.length !== 1) return false;
  return measure !== "" || (!one.open && !other.open);
}

function isSame(mine: readonly number[], theirs: readonly number[] | undefined, one: Statement, other: Statement) {
  const near = one.approximate || other.approximate ? tolerance : 0;
  return mine.length === theirs?.length && mine.every((value, at) => isNear(value, theirs[at] ?? 0, near));
}

function isNear(one: number, other: number, share: number): boolean {
  return Math.abs(one - other) <= share * Math.max(Math.abs(one), Math.abs(other));
}
