import { splitAspects } from "#/agents/knowledge/aspects.ts";
import { type Thread, weightIn } from "#/agents/knowledge/facts.ts";
import type { Finding } from "#/agents/knowledge/findings.ts";
import type { Search } from "#/agents/knowledge/input.ts";
import { unitsOf } from "#/agents/knowledge/units.ts";
import type { Passage } from "#/lib/protocol/passage.ts";

const PASSAGES_PER_SEARCH = 12;
const MAX_SEARCHES_A_LOOK = 8;

/** The passages that an agent has come across: with a name more, what it has read already may say more. */
export class Gathered {
  readonly #question: string;
  readonly #search: Search;
  readonly #searched = new Set<string>();
  readonly #passages = new Map<string, Passage>();

  constructor(question: string, search: Search) {
    this.#question = question;
    this.#search = search;
  }

  /** Searches for what is asked and for each name of the thread, once; then gives every sentence of it, the weightiest first. */
  async look(thread: Thread, signal: AbortSignal): Promise<Finding[]> {
    const asked = splitAspects(this.#question).map(({ subject, words }) => [...subject, ...words].join(" "));
    const queries = [...asked, ...thread.names].filter((query) => !this.#searched.has(query));
    for (const query of queries.slice(0, MAX_SEARCHES_A_LOOK)) {
      signal.throwIfAborted();
      this.#searched.add(query);
      for (const passage of await this.#search(query, PASSAGES_PER_SEARCH)) {
        this.#passages.set(`${passage.documentId}/${passage.ordinal}`, passage);
      }
    }
    return [...this.#passages.values()].flatMap((passage) => sentencesOf(passage, thread)).sort(byWeight);
  }
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
