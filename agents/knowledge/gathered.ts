import { type Aspect, splitAspects } from "#/agents/knowledge/aspects.ts";
import { factsOn, type Thread, threadOf, threadThrough, weightIn } from "#/agents/knowledge/facts.ts";
import { type Finding, findingsFor } from "#/agents/knowledge/findings.ts";
import type { Search } from "#/agents/knowledge/input.ts";
import { holdsName, namesIn } from "#/agents/knowledge/names.ts";
import { unitsOf } from "#/agents/knowledge/units.ts";
import type { Note } from "#/lib/protocol/orchestration.ts";
import type { Passage } from "#/lib/protocol/passage.ts";

const PASSAGES_PER_SEARCH = 12;
/** Names that are looked up in all; what comes behind them leads nowhere. */
const MAX_NAMES = 40;
/** A name that stands in this many passages leads nowhere. */
const COMMON_PASSAGES = 6;
/** Sentences whose names are looked up before it is decided which of them lead on. */
const MAX_SENTENCES = 12;

/** What an agent at the board has found about its question: what answers it, and what leads on to other texts. */
export class Gathered {
  readonly #question: string;
  readonly #search: Search;
  readonly #signal: AbortSignal;
  readonly #passages = new Map<string, Passage>();
  /** The names that were looked up, and whether each is common. */
  readonly #names = new Map<string, boolean>();
  #answers: Finding[] | null = null;

  constructor(question: string, search: Search, signal: AbortSignal) {
    this.#question = question;
    this.#search = search;
    this.#signal = signal;
  }

  /** The facts that have to do with the question, those of the board's notes that nobody took back, oldest first. */
  async follow(notes: readonly Note[]): Promise<{ thread: Thread; facts: readonly Note[] }> {
    for (;;) {
      const followed = threadThrough(this.#question, factsOn(notes), this.#isCommon);
      const joined = followed.facts.flatMap(({ text }) => namesIn(text));
      if (!(await this.#lookUp([...namesIn(this.#question), ...joined]))) return followed;
    }
  }

  /**
   * What answers the question as it is asked, then every sentence that has to do with the thread, the weightiest first. Where
   * the documents answer the question outright, only the question's own names are followed, and words alone tie nothing to it.
   */
  async look(thread: Thread): Promise<Finding[]> {
    const answers = await this.#answered();
    const followed = answers.length === 0 ? thread : threadOf(this.#question, this.#isCommon);
    if (answers.length > 0 && followed.names.size === 0) return answers;
    const promising = this.#sentences(followed).slice(0, MAX_SENTENCES);
    await this.#lookUp(promising.flatMap(({ quote }) => namesIn(quote.text)));
    return [...answers, ...this.#sentences(followed)];
  }

  /** What nobody has looked up yet may lead on. */
  #isCommon = (name: string) => this.#names.get(name) ?? this.#names.size >= MAX_NAMES;

  async #answered(): Promise<Finding[]> {
    this.#answers ??= (await Promise.all(splitAspects(this.#question).map((aspect) => this.#answersTo(aspect)))).flat();
    return this.#answers;
  }

  /** Read without the question, a fact must say what it is about: one of the question's names stands in it or above it. */
  async #answersTo(aspect: Aspect): Promise<Finding[]> {
    const found = findingsFor(aspect, await this.#find([...aspect.subject, ...aspect.words].join(" ")));
    const names = namesIn(aspect.label);
    return names.length === 0 ? found : found.filter((finding) => names.some((name) => holdsName(said(finding), name)));
  }

  /** False when all of them were looked up before, or no more may be. */
  async #lookUp(names: readonly string[]): Promise<boolean> {
    const unknown = [...new Set(names)].filter((name) => !this.#names.has(name));
    const some = unknown.slice(0, MAX_NAMES - this.#names.size);
    for (const name of some) this.#names.set(name, isCommonIn(await this.#find(name), name));
    return some.length > 0;
  }

  async #find(query: string): Promise<readonly Passage[]> {
    this.#signal.throwIfAborted();
    const found = await this.#search(query, PASSAGES_PER_SEARCH);
    for (const passage of found) this.#passages.set(`${passage.documentId}/${passage.ordinal}`, passage);
    return found;
  }

  #sentences(thread: Thread): Finding[] {
    return [...this.#passages.values()].flatMap((passage) => sentencesOf(passage, thread)).sort(byWeight);
  }
}

function said({ passage, quote }: Finding): string {
  return [passage.title, ...passage.heading, ...quote.unit.heading, quote.text].join(" ");
}

/** In many passages, or somewhere an ordinary word: `Tasks` where a passage says `tasks`. */
function isCommonIn(passages: readonly Passage[], name: string): boolean {
  const lower = name.toLowerCase();
  const asWord = lower !== name && passages.some(({ text }) => holdsName(text, lower));
  return asWord || passages.filter(({ text }) => holdsName(text, name)).length >= COMMON_PASSAGES;
}

function sentencesOf(passage: Passage, thread: Thread): Finding[] {
  return unitsOf(passage.text).flatMap((unit) => {
    const score = unit.kind === "code" || unit.text.endsWith("?") ? 0 : weightIn(unit.text, thread);
    return score === 0 ? [] : [{ passage, quote: { text: unit.text, unit, score }, score }];
  });
}

function byWeight(one: Finding, other: Finding): number {
  return other.score - one.score || other.passage.score - one.passage.score;
}
