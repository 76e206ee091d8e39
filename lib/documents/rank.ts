/** A lexeme of a query, how much it counts (at most 1), and in how many passages it stands. */
export type Term = { readonly lexeme: string; readonly weight: number; readonly frequency: number };

/** Where a lexeme stands in a passage; `fields` goes with `positions`: A title, B heading, D text. */
export type Hit = {
  readonly lexeme: string;
  readonly positions: readonly number[];
  readonly fields: readonly string[];
};

export type Candidate = {
  readonly documentId: string;
  readonly ordinal: number;
  readonly bytes: number;
  readonly hits: readonly Hit[];
};

export type Ranked = { readonly documentId: string; readonly ordinal: number; readonly score: number };

/** A heading says what a passage is about; a title says it of all passages of its document. */
const FIELD_WEIGHTS: Readonly<Record<string, number>> = { A: 1.2, B: 2.2, C: 1, D: 1 };

const USUAL_BYTES = 1_500;
/** Occurrences (weighted by field) at which a term has half of its effect, in a passage of usual length. */
const HALF = 0.7;
/** The part of the score that only a heading, and only a title, can earn: it is about this, it does not just mention it. */
const HEADING_SHARE = 0.1;
const TITLE_SHARE = 0.1;
/** How much the length of a passage counts. */
const LENGTH_SHARE = 0.4;
/** What words that stand far from each other lose. */
const PROXIMITY_SHARE = 0.15;
/** Words this near to each other belong together. */
const NEAR_WORDS = 12;

/** A word that stands nowhere, or once, may be an accident of the query or of the documents: it says no more than this rare. */
const RAREST = 2;

/**
 * Passages that every collection is taken to hold besides its own, none of them with the term: in a collection of a few
 * passages that are all about one thing, its words would otherwise be called common, and nothing about it would be found.
 */
const BACKGROUND = 200;

/** How much a term says: the rarer, the more. Above 0 for every frequency. */
export function rarity(frequency: number, total: number): number {
  const counted = Math.max(frequency, RAREST);
  return Math.log(1 + (Math.max(total + BACKGROUND - counted, 0) + 0.5) / (counted + 0.5));
}

/**
 * Candidates by score, best first. The score runs from 0 to 1: the share of what the query asks for that the passage
 * holds, where a term counts by its rarity, terms that stand nowhere included. So a passage without the rare terms of a
 * query scores low however well it matches the common ones. In the manner of BM25 with weighted fields.
 */
export function rankPassages(terms: readonly Term[], total: number, candidates: readonly Candidate[]): Ranked[] {
  const worth = new Map(terms.map((term) => [term.lexeme, term.weight * rarity(term.frequency, total)]));
  const all = [...worth.values()].reduce((sum, value) => sum + value, 0);
  return candidates
    .map(({ documentId, ordinal, ...candidate }) => ({
      documentId,
      ordinal,
      score: scoreOf(candidate, worth) / (all || 1),
    }))
    .sort((one, other) => other.score - one.score || compareIds(one, other));
}

function scoreOf(candidate: Pick<Candidate, "bytes" | "hits">, worth: ReadonlyMap<string, number>): number {
  const half = HALF * (1 - LENGTH_SHARE + LENGTH_SHARE * (candidate.bytes / USUAL_BYTES));
  const score = { said: 0, headed: 0, titled: 0 };
  for (const hit of candidate.hits) {
    const weight = hit.fields.reduce((sum, field) => sum + (FIELD_WEIGHTS[field] ?? 1), 0);
    const value = worth.get(hit.lexeme) ?? 0;
    score.said += value * (weight / (weight + half));
    if (hit.fields.includes("B")) score.headed += value;
    if (hit.fields.includes("A")) score.titled += value;
  }
  const said = score.said * (1 - PROXIMITY_SHARE * (1 - proximity(candidate.hits)));
  return said * (1 - HEADING_SHARE - TITLE_SHARE) + score.headed * HEADING_SHARE + score.titled * TITLE_SHARE;
}

/** 1 when each term stands near to another one, 0 when none does; 1 for a single term. */
function proximity(hits: readonly Hit[]): number {
  if (hits.length < 2) return 1;
  const places = hits
    .flatMap((hit, term) => hit.positions.map((position) => ({ position, term })))
    .sort((one, other) => one.position - other.position);
  const near = new Set<number>();
  for (const [index, place] of places.entries()) {
    const next = places[index + 1];
    if (next === undefined || next.term === place.term || next.position - place.position > NEAR_WORDS) continue;
    near.add(place.term).add(next.term);
  }
  return near.size / hits.length;
}

function compareIds(one: Ranked, other: Ranked): number {
  return one.documentId < other.documentId ? -1 : one.documentId > other.documentId ? 1 : one.ordinal - other.ordinal;
}
