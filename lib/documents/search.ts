import { queryWords } from "#/lib/documents/index-words.ts";
import { rankPassages, rarity, type Term } from "#/lib/documents/rank.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Db } from "#/lib/store/db.ts";
import { findCandidates, queryTerms, readPassages, searching } from "#/lib/store/documents.ts";

const MAX_CANDIDATES = 200;
const MAX_QUERY_CHARACTERS = 2_000;

/** A term that stands in more passages than this share chooses none by its mere presence, as long as a rarer one does. */
const COMMON_SHARE = 0.25;

/**
 * The passages that hold the most of what a query asks for, best first; a passage needs not hold every word. The score
 * is the share of the query's meaning that the passage holds, 0 to 1 (see rank.ts): below about 0.3 it holds none of
 * the words that matter. Words are found by their stem, identifiers whole and by the words in them.
 */
export function searchPassages(context: Pick<Context, "store">, query: string, limit: number): Promise<Passage[]> {
  return searching(context.store.db, (db) => search(db, query.slice(0, MAX_QUERY_CHARACTERS), limit));
}

async function search(db: Db, query: string, limit: number): Promise<Passage[]> {
  const { terms, total } = await queryTerms(db, queryWords(query));
  const candidates = await findCandidates(db, chosenBy(terms, total), MAX_CANDIDATES);
  const best = rankPassages(terms, total, candidates).slice(0, limit);
  const found = new Map((await readPassages(db, best)).map((passage) => [keyOf(passage), passage]));
  return best.flatMap(({ score, ...key }) => {
    const passage = found.get(keyOf(key));
    return passage === undefined ? [] : [{ ...passage, score }];
  });
}

function chosenBy(terms: readonly Term[], total: number) {
  const present = terms.filter((term) => term.frequency > 0);
  const rare = present.some((term) => term.frequency <= total * COMMON_SHARE);
  return present.map((term) => ({
    lexeme: term.lexeme,
    worth: term.weight * rarity(term.frequency, total),
    common: rare && term.frequency > total * COMMON_SHARE,
  }));
}

function keyOf(passage: { documentId: string; ordinal: number }): string {
  return `${passage.documentId}/${passage.ordinal}`;
}
