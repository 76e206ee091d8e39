import { contentWords, stems, stemsOf, synonyms } from "#/agents/knowledge/words.ts";

/** Something that is true or not. */
export type Statement = {
  readonly text: string;
  /** Its words that carry meaning, without its numbers. */
  readonly words: readonly string[];
  readonly numbers: readonly Numbered[];
  readonly isNegative: boolean;
};
type Numbered = { readonly value: number; readonly of: string };

export type Judged = {
  readonly says: "yes" | "no";
  /** The share of the statement's words that stand in the sentence itself, 0 to 1. */
  readonly share: number;
};

/** At least this share of a statement's words stands in the sentence itself; the headings above it may hold the others. */
const OWN_SHARE = 2 / 3;

/** At least this share of them stands in one clause; of two words both do. */
const CLAUSE_SHARE = 1 / 2;

const isItTrue = /^is\s+(.{3,}?)\s+(?:true|correct|right|false)(?:\s+or\s+(?:false|not|wrong))?\s*\?/i;
const thatClause =
  /\b(?:verify|check|confirm|decide|determine|vote|agree|is it (?:true|correct|right|the case)|true or false)\b[^.?!]*?\b(?:that|whether|if)\s+(.+)/i;
const labelled =
  /^(?:(?:please )?(?:verify|check|confirm)(?: by vote)?(?: the)?(?: claim| statement)?|true or false|claim|statement)\b\s*:?\s+(.+)/i;
const question =
  /^(?:is|are|was|were|does|do|did|can|could|has|have|had|will|would|should|must|may)(?:n['’]t)?\s+(.+)\?/i;
const asksWhich =
  /^(?:how|what|why|when|where|which|who)\b|\bor\b(?! (?:not|false|wrong|more|less|fewer|newer|later|older|earlier|higher|lower)\b)/i;
const aboutTruth = new Set(["true", "false", "correct", "wrong", "right", "claim", "statement"]);
const negations = /\b(?:not|never|no|none|nothing|neither|nor|cannot|without|lacks?)\b|n['’]t\b/gi;
const noNegations = /\bnot (?:only|just)\b|\bno matter\b/gi;
const clauseEnd = /[,;:]\s+|\s+(?:but|while|whereas|although|though|and)\s+/i;
const numberWords = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");

/** What a task asks to be called true or false; null when it asks for something else, such as which or how. */
export function statementOf(task: string): Statement | null {
  for (const sentence of task.slice(0, 2_000).split(/(?<=[.?!])\s+|\n+/)) {
    const text = (assertedIn(sentence.trim()) ?? "").replace(/[\s.?!"“”]+$/, "");
    const words = asksWhich.test(text) ? [] : tellingWords(text);
    if (new Set(words.map((word) => stems(word)[0])).size > 1)
      return { text, words, numbers: numbersIn(text), isNegative: isNegative(text) };
  }
  return null;
}

/**
 * What a sentence says of the statement, null when it says nothing. It says something when it and the headings above it hold
 * every word of the statement, other words for the same included, and the sentence itself most of them. It then says `yes`
 * when both are negative or neither is, and `no` otherwise; of a sentence with several clauses, the first one that says
 * something counts, and words that the clauses hold one by one say nothing together: "Postgres is the record, Redis is the
 * doorbell" does not call Redis the record. Numbers must be the same: another number of the same thing is a `no`.
 */
export function judge(sentence: string, above: string, statement: Statement): Judged | null {
  if (sentence.trimEnd().endsWith("?")) return null;
  const clauses = sentence.split(clauseEnd);
  const parts = isOneThought(clauses, statement) ? [...clauses, sentence] : clauses;
  return parts.map((part) => judgePart(part, above, statement)).find((judged) => judged !== null) ?? null;
}

/** Whether the clauses may be read together: one holds a share of the statement, and at most one denies something. */
function isOneThought(clauses: readonly string[], statement: Statement): boolean {
  const least = statement.words.length > 2 ? CLAUSE_SHARE : 1;
  return (
    clauses.some((clause) => shareIn(clause, statement) >= least) &&
    clauses.filter((clause) => negationsIn(clause) > 0).length <= 1
  );
}

function judgePart(part: string, above: string, statement: Statement): Judged | null {
  const { words, numbers, isNegative: denies } = statement;
  const around = stemsOf(`${part} ${above}`);
  const share = shareIn(part, statement);
  if (share < OWN_SHARE || !words.every((word) => isHeld(word, around))) return null;
  const counted = numbersIn(part);
  const missing = numbers.filter(({ value }) => !counted.some((other) => other.value === value));
  if (!missing.every(({ of }) => counted.some((other) => other.of === of))) return null;
  return { says: isNegative(part) === denies && missing.length === 0 ? "yes" : "no", share };
}

function shareIn(text: string, { words }: Statement): number {
  const held = stemsOf(text);
  return words.filter((word) => isHeld(word, held)).length / words.length;
}

function assertedIn(sentence: string): string | undefined {
  const direct = isItTrue.exec(sentence)?.[1] ?? thatClause.exec(sentence)?.[1];
  const behindLabel = labelled.exec(sentence)?.[1];
  const asked = (text: string) => isItTrue.exec(text)?.[1] ?? question.exec(text)?.[1];
  return direct ?? (behindLabel === undefined ? asked(sentence) : (asked(behindLabel) ?? behindLabel));
}

/** General words count, too: who sees a vote has not made one. */
function tellingWords(text: string): string[] {
  return contentWords(text.replace(negations, " ")).filter(
    (word) => !aboutTruth.has(word.toLowerCase()) && numberOf(word) === null,
  );
}

function isHeld(word: string, held: ReadonlySet<string>): boolean {
  return held.has(stems(word)[0] ?? "") || synonyms(word).some((other) => held.has(other));
}

function isNegative(text: string): boolean {
  return negationsIn(text) % 2 === 1;
}

function negationsIn(text: string): number {
  return text.replace(noNegations, " ").match(negations)?.length ?? 0;
}

/** `three times` is 3 of times; a number at the end, as in `port 3000`, is one of what stands before it. */
function numbersIn(text: string): Numbered[] {
  const words = text.match(/[\p{L}\p{N}_$]+(?:\.[\p{L}\p{N}_$]+)*/gu) ?? [];
  return words.flatMap((word, at) => {
    const value = numberOf(word);
    const behind = words[at + 1];
    const thing = behind === undefined || numberOf(behind) !== null ? words[at - 1] : behind;
    return value === null ? [] : [{ value, of: stems(thing ?? "")[0] ?? "" }];
  });
}

function numberOf(word: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(word)) return Number(word);
  const value = numberWords.indexOf(word.toLowerCase());
  return value < 0 ? null : value;
}
