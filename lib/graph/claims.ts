import {
  negations,
  numbersIn,
  plain,
  sentencesIn,
  spelledOut,
  stem,
  stemsOf,
  tokensOf,
  wordSet,
} from "#/lib/graph/wording.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";

/**
 * What results claim, and when two claims say the same.
 *
 *   normalise   one spelling for one wording: Markdown, case, punctuation, articles and hedges go; contractions are written
 *               out, numbers are digits with their unit; negation stays. A bare answer is the one word yes, no or unknown.
 *   sameClaim   the same content words but for a few, the same numbers, nothing denied or turned round in one of them only.
 *
 * The words are English; claims in other languages are the same when they are spelled alike. Careful by intent: two wordings
 * of one thing may count as two, which a reader sees; two opposite things must not count as one, which he would not.
 */

/** Claims of one result that are looked at. */
export const maxClaims = 20;
/** Of the content words of two claims together, so many must stand in both. */
const alikeShare = 0.6;
/** Of a claim and of a text without claims, in UTF-16 units; what is longer is cut. */
const maxClaim = 1_000;
const maxText = 20_000;

type Verdict = "yes" | "no" | "unknown";

/** A claim, ready to be compared with many others. */
export type Meaning = {
  /** As `normalise` gives it. */
  readonly text: string;
  /** The words of the text in order, without the answer. */
  readonly tokens: readonly string[];
  /** The answer with which it begins, if it does: "Yes, it throws". */
  readonly verdict: Verdict | null;
  /** It is an answer and says nothing else. */
  readonly bare: boolean;
  /** The stems of what is neither a number nor a function word. */
  readonly words: ReadonlySet<string>;
  /** Words that stand for one thing only: written with a capital inside of the sentence, or like an identifier. */
  readonly names: ReadonlySet<string>;
  /** Unit by number, an empty one where none is said. */
  readonly numbers: ReadonlyMap<string, string>;
  readonly negative: boolean;
};

/** What a result holds to be true: its claims, else those of its evidence, else the first sentences of its text; at most 20. */
export function claimsOf(result: TaskResult): string[] {
  if (result.consensus?.reached === false) return [];
  const stated = [result.claims ?? [], result.evidence.map(({ claim }) => claim)];
  for (const claims of stated) {
    const cleaned = cleanClaims(claims);
    if (cleaned.length > 0) return cleaned;
  }
  return cleanClaims(sentencesOf(result.text));
}

/** The claim in a form that is equal for equal wordings. */
export function normalise(claim: string): string {
  return meaningOf(claim).text;
}

/** Whether two claims say the same. Symmetric; not transitive. */
export function sameClaim(one: string, other: string): boolean {
  return sameMeaning(meaningOf(one), meaningOf(other));
}

export function meaningOf(claim: string): Meaning {
  const said = spelledOut(claim.slice(0, maxClaim));
  const { verdict, rest } = verdictIn(said.toLowerCase());
  const tokens = tokensOf(rest);
  const bare = verdict !== null && tokens.every((token) => answerWords.has(token));
  return {
    text: bare ? verdict : [...(verdict === null ? [] : [verdict]), ...tokens].join(" "),
    tokens,
    verdict,
    bare,
    words: new Set(stemsOf(tokens)),
    names: namesIn(said),
    numbers: numbersIn(tokens),
    negative: tokens.some((token) => negations.has(token)),
  };
}

/** `sameClaim` of claims that were made ready. */
export function sameMeaning(one: Meaning, other: Meaning): boolean {
  if (one.text === other.text) return one.text !== "";
  if (one.verdict !== null && other.verdict !== null && one.verdict !== other.verdict) return false;
  if (one.bare || other.bare) return one.verdict === other.verdict;
  if (one.verdict !== other.verdict && (one.verdict ?? other.verdict) !== "yes") return false;
  if (one.negative !== other.negative) return false;
  if (isNamedIn(one, other) || isNamedIn(other, one)) return true;
  return sameNumbers(one.numbers, other.numbers) && sameWords(one, other);
}

function cleanClaims(claims: readonly string[]): string[] {
  const lines = claims.map((claim) => claim.replace(/\s+/g, " ").trim()).filter(Boolean);
  return lines.slice(0, maxClaims).map((line) => line.slice(0, maxClaim).toWellFormed());
}

/** Without code, headings and tables; a line of its own and an item of a list are sentences, too. */
function sentencesOf(markdown: string): string[] {
  const lines = markdown
    .slice(0, maxText)
    .replace(/^ {0,3}(```|~~~)[\s\S]*?(?:^ {0,3}\1|$(?![\s\S]))/gm, "")
    .replace(/^ {0,3}(?:#{1,6} .*|\|.*)$/gm, "")
    .split("\n");
  return sentencesIn(lines.map(plain).join("\n")).filter((line) => /[\p{L}\p{N}]/u.test(line));
}

const hedges =
  /\b(?:i (?:think|believe|would say)|in my opinion|in (?:short|summary|conclusion)|as far as i know|it (?:is (?:true|correct|clear)|turns out) that|(?:the )?(?:final |correct |short )?(?:answer|verdict|conclusion)(?: is\b|:))/g;
const end = "(?=\\s*(?:[,.;:!?–—-]|$)|\\s+(?:it|this|that|they|there|he|she|we|you|i|the (?:claim|statement))\\b)";
const yes = "yes|yeah|yep|true|correct|confirmed|verified|affirmative";
const no = "nope|no|not (?:true|correct)|untrue|false|incorrect|wrong|refuted|negative";
const unknown =
  "unknown|unclear|undetermined|inconclusive|undecided|uncertain|(?:i|we) (?:do|can|could) not (?:know|tell|say|determine)|(?:there is )?(?:not enough|insufficient|no) (?:information|evidence|data)(?: (?:was |were )?(?:found|available))?|it (?:is (?:unclear|unknown|not (?:clear|known))|depends)|(?:it|this) can not be (?:determined|verified|confirmed)";
const verdicts: readonly (readonly [Verdict, RegExp])[] = [
  ["yes", new RegExp(`^(?:${yes})${end}`)],
  ["no", new RegExp(`^(?:${no})${end}`)],
  ["unknown", new RegExp(`^(?:${unknown})${end}`)],
];
const judged =
  /^(?:(?:the |this |that )?(?:claim|statement|assertion)(?: that .{1,300}?)?|it|this|that) (?:is|was|seems) (not )?(?:(true|correct|right)|false|incorrect|untrue|wrong)[\s.!]*$/;
const nothingFound = /^(?:nothing in the ingested documents answers|nothing (?:was |could be )?found)\b/;

/** The answer that a claim gives to a question that is not known here, and what it says besides. */
function verdictIn(lowered: string): { verdict: Verdict | null; rest: string } {
  const text = lowered.replace(hedges, " ").replace(/^[\s,:;.!-]+/, "");
  if (nothingFound.test(text)) return { verdict: "unknown", rest: "" };
  const [whole, denied, positive] = judged.exec(text) ?? [];
  if (whole !== undefined)
    return { verdict: (positive === undefined) === (denied === undefined) ? "no" : "yes", rest: "" };
  for (const [verdict, pattern] of verdicts) {
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return { verdict, rest: text.slice(found.length) };
  }
  return { verdict: null, rest: text };
}

/** What an answer may say without saying more than yes or no. */
const answerWords = wordSet(
  "yes no not is are was were does do did it this that they there claim statement true false correct",
);

function namesIn(said: string): Set<string> {
  const found = said.matchAll(/(?<=(^|[.:!?]\s)?)[\p{L}_][\p{L}\p{N}_.]*[\p{L}\p{N}_]/gu);
  const names = [...found].filter(([word, begins]) =>
    begins === undefined ? /[\p{Lu}_.\d]/u.test(word) : /.[\p{Lu}_.\d]/u.test(word),
  );
  return new Set(names.map(([word]) => stem(word.toLowerCase())));
}

const copulas = wordSet("is are was were");

/** "Paris" is what "The capital is Paris" and "Paris is the capital" say in one word. */
function isNamedIn(short: Meaning, long: Meaning): boolean {
  if (short.text === "" || !long.text.includes(short.text) || sidesOf(short, copulas) !== null) return false;
  const sides = sidesOf(long, copulas);
  return sides?.some((side) => side.join(" ") === short.text) ?? false;
}

/** What stands before and behind the first word of the list. */
function sidesOf({ tokens }: Meaning, list: ReadonlySet<string>): [string[], string[]] | null {
  const at = tokens.findIndex((token) => list.has(token));
  return at < 0 ? null : [tokens.slice(0, at), tokens.slice(at + 1)];
}

function sameNumbers(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([number, unit]) => {
    const found = other.get(number);
    return found !== undefined && (found === unit || found === "" || unit === "");
  });
}

function sameWords(one: Meaning, other: Meaning): boolean {
  const [few, many] = one.words.size <= other.words.size ? [one, other] : [other, one];
  if (few.words.size === 0) return few.numbers.size > 0 && many.words.size <= 2;
  const shared = few.words.intersection(many.words).size;
  if (shared < alikeShare * (few.words.size + many.words.size - shared)) return false;
  return !saysAnother(one, other) && !isTurned(one, other);
}

const opposites = new Map(
  "all:some more:less most:least always:sometimes before:after enabl:disabl allow:forbid increas:decreas high:low higher:lower fast:slow faster:slower first:last min:max minimum:maximum must:may required:optional synchronous:asynchronou true:fals on:off open:clos success:failur succe:fail left:right up:down above:below public:privat old:new older:newer"
    .split(" ")
    .flatMap((pair) => {
      const [one = "", other = ""] = pair.split(":").map(stem);
      return [
        [one, other],
        [other, one],
      ] as const;
    }),
);

/** Alike as they are, one speaks of another thing than the other: another name, the opposite, one word that was replaced. */
function saysAnother(one: Meaning, other: Meaning): boolean {
  const [mine, theirs] = [one.words.difference(other.words), other.words.difference(one.words)];
  if (mine.size === 0 || theirs.size === 0) return false;
  if ([...mine].some((word) => one.names.has(word)) && [...theirs].some((word) => other.names.has(word))) return true;
  if ([...mine].some((word) => theirs.has(opposites.get(word) ?? "") || hasPrefixed(theirs, word))) return true;
  if ([...theirs].some((word) => hasPrefixed(mine, word))) return true;
  return isReplaced([...one.words], [...other.words]) || answersAnother(one, other);
}

function hasPrefixed(found: ReadonlySet<string>, word: string): boolean {
  return ["un", "in", "im", "ir", "non", "dis"].some((prefix) => found.has(prefix + word));
}

/** The same sentence with another word in one place. */
function isReplaced(one: readonly string[], other: readonly string[]): boolean {
  const places = one.flatMap((word, at) => (word === other[at] ? [] : [[word, other[at] ?? ""] as const]));
  const [place, ...more] = places;
  if (place === undefined || more.length > 0 || one.length !== other.length) return false;
  const [short = "", long = ""] = place.toSorted((a, b) => a.length - b.length);
  return short.length < 4 || !long.startsWith(short);
}

/** "The best one is X" and "Among these, the best one is Y". */
function answersAnother(one: Meaning, other: Meaning): boolean {
  const [mine, theirs] = [sidesOf(one, copulas), sidesOf(other, copulas)];
  if (mine === null || theirs === null) return false;
  const [[, answer], [subject, theirAnswer]] = [mine.map(stemSet), theirs.map(stemSet)] as [Sides, Sides];
  if (answer.size === 0 || theirAnswer.size === 0) return false;
  return answer.isDisjointFrom(theirAnswer) && answer.isDisjointFrom(subject);
}

type Sides = [Set<string>, Set<string>];

function stemSet(tokens: readonly string[]): Set<string> {
  return new Set(stemsOf(tokens));
}

/** Words whose two sides cannot change places: "X is faster than Y". */
const directions = ["than", "before", "after", "over", "from", "into", "on", "by", "instead"];

function isTurned(one: Meaning, other: Meaning): boolean {
  const shared = directions.filter((word) => one.tokens.includes(word) && other.tokens.includes(word));
  return shared.some((word) => {
    const list = new Set([word]);
    const [mine, theirs] = [sidesOf(one, list), sidesOf(other, list)];
    if (mine === null || theirs === null) return false;
    const [[left, right], [theirLeft, theirRight]] = [mine.map(stemSet), theirs.map(stemSet)] as [Sides, Sides];
    const straight = left.intersection(theirLeft).size + right.intersection(theirRight).size;
    return straight < left.intersection(theirRight).size + right.intersection(theirLeft).size;
  });
}
