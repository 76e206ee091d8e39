import { holdsName, namesIn } from "#/agents/knowledge/names.ts";
import { contentWords, isGeneral, stems, stemsOf } from "#/agents/knowledge/words.ts";
import type { Note } from "#/lib/protocol/orchestration.ts";

/** What a text must have to do with a question. */
export type Thread = {
  /** Names that lead from the question to what it asks; common ones are none of them. */
  readonly names: ReadonlySet<string>;
  /** The question's words. */
  readonly words: readonly string[];
  /** What an answer holds where the question asks for a number or a time; null otherwise. */
  readonly kind: RegExp | null;
  readonly isCommon: IsCommon;
};

/** Whether so many texts hold a name, or hold it as an ordinary word, that it leads nowhere. */
export type IsCommon = (name: string) => boolean;

/** A text without any known name counts when it holds this share of the question's words, where the question has no names. */
const WORD_SHARE = 0.6;
/** What a text with a known name holds of the question's other words. */
const OTHER_SHARE = 1 / 3;

const number =
  /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million)\b/i;
const time =
  /\b(?:1\d{3}|20\d{2})\b|\b\d{1,2}[:.]\d{2}\b|\b(?:january|february|march|april|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|midnight|noon|century)\b|\bMay\b/i;
const asksTime = /\bwhen\b|\b(?:which|what) (?:year|date|day|month|century|time)\b/i;
const asksNumber =
  /\bhow (?:many|much|long|old|far|high|deep|tall|wide|often|large|big|heavy)\b|\b(?:which|what) (?:number|code|port|amount|price)\b/i;

/** Facts on the board that nobody took back, oldest first. */
export function factsOn(notes: readonly Note[]): Note[] {
  return notes.filter(({ kind, retracted }) => kind === "fact" && !retracted);
}

/** Of the question alone. */
export function threadOf(question: string, isCommon: IsCommon): Thread {
  const names = new Set(namesIn(question).filter((name) => !isCommon(name)));
  const kind = asksTime.test(question) ? time : asksNumber.test(question) ? number : null;
  return { names, words: questionWords(question), kind, isCommon };
}

/**
 * The question's thread through the facts: those that have to do with the question (see weightIn), those that have to do with
 * a name in one of these, and so on; with the names of those that hold a name of the thread.
 */
export function threadThrough(
  question: string,
  facts: readonly Note[],
  isCommon: IsCommon,
): { thread: Thread; facts: readonly Note[] } {
  const thread = threadOf(question, isCommon);
  const names = new Set(thread.names);
  const joined = new Set<Note>();
  for (let before = -1; before !== joined.size; ) {
    before = joined.size;
    for (const fact of facts.filter((one) => !joined.has(one) && weightIn(one.text, { ...thread, names }) > 0)) {
      joined.add(fact);
      if (holdsOneOf(fact.text, names)) for (const name of linksIn(fact.text, thread)) names.add(name);
    }
  }
  return { thread: { ...thread, names }, facts: facts.filter((fact) => joined.has(fact)) };
}

/**
 * 0 for a text that is none of the thread's business; otherwise more, the more names and words it holds. It is the thread's
 * business when it holds a name of it and besides a share of the question's other words, what the question asks for, or
 * another name, to which it leads; where the thread has no names, when it holds most of the question's words.
 */
export function weightIn(text: string, thread: Thread): number {
  const held = [...thread.names].filter((name) => holdsName(text, name));
  const share = shareIn(text, thread.words);
  if (thread.names.size === 0) return thread.words.length > 1 && share >= WORD_SHARE ? share : 0;
  if (held.length === 0) return 0;
  const others = thread.words.filter((word) => !held.includes(word));
  const says = shareIn(text, others) >= OTHER_SHARE || thread.kind?.test(withoutNames(text, held)) === true;
  if (says) return held.length + share + 1;
  return linksIn(text, thread).some((name) => name !== held[0]) ? held.length + share : 0;
}

/** Names by which a text may lead on to another one. */
function linksIn(text: string, { isCommon }: Thread): string[] {
  return namesIn(text).filter((name) => !isCommon(name));
}

function holdsOneOf(text: string, names: ReadonlySet<string>): boolean {
  return [...names].some((name) => holdsName(text, name));
}

function withoutNames(text: string, names: readonly string[]): string {
  return names.reduce((left, name) => left.replaceAll(name, " "), text);
}

function shareIn(text: string, words: readonly string[]): number {
  const held = stemsOf(text);
  return words.filter((word) => held.has(stems(word)[0] ?? "")).length / Math.max(1, words.length);
}

function questionWords(question: string): string[] {
  const all = contentWords(question);
  const telling = all.filter((word) => !isGeneral(word));
  return telling.length > 0 ? telling : all;
}
