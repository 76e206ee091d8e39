import { holdsName, namesIn } from "#/agents/knowledge/names.ts";
import { contentWords, isGeneral, stems, stemsOf } from "#/agents/knowledge/words.ts";
import type { Note } from "#/lib/protocol/orchestration.ts";

/** What a text must have to do with a question: one of these names, or most of these words. */
export type Thread = { readonly names: ReadonlySet<string>; readonly words: readonly string[] };

/** A text without any known name counts when it holds this share of the question's words. */
const WORD_SHARE = 0.6;

/** Facts on the board that nobody took back, oldest first. */
export function factsOn(notes: readonly Note[]): Note[] {
  return notes.filter(({ kind, retracted }) => kind === "fact" && !retracted);
}

/**
 * The question's thread through the facts: those that hold a name of the question or most of its words, those that hold a
 * name of one of these, and so on; with all of their names.
 */
export function threadThrough(question: string, facts: readonly Note[]): { thread: Thread; facts: readonly Note[] } {
  const names = new Set(namesIn(question));
  const thread = { names, words: questionWords(question) };
  const joined = new Set<Note>();
  for (let before = -1; before !== joined.size; ) {
    before = joined.size;
    for (const fact of facts.filter((one) => !joined.has(one) && weightIn(one.text, thread) > 0)) {
      joined.add(fact);
      for (const name of namesIn(fact.text)) names.add(name);
    }
  }
  return { thread, facts: facts.filter((fact) => joined.has(fact)) };
}

/** 0 for a text that is none of the thread's business; otherwise more, the more names and words it holds. */
export function weightIn(text: string, { names, words }: Thread): number {
  const held = stemsOf(text);
  const share = words.filter((word) => held.has(stems(word)[0] ?? "")).length / Math.max(1, words.length);
  const named = [...names].filter((name) => holdsName(text, name)).length;
  return named > 0 || (words.length > 1 && share >= WORD_SHARE) ? named + share : 0;
}

function questionWords(question: string): string[] {
  const all = contentWords(question);
  const telling = all.filter((word) => !isGeneral(word));
  return telling.length > 0 ? telling : all;
}
