import { asc, count, eq, inArray, sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { documents, passages } from "#/lib/store/schema.ts";
import { storable } from "#/lib/store/storable.ts";

export type DocumentRow = typeof documents.$inferSelect;

export type NewPassage = {
  readonly heading: readonly string[];
  readonly text: string;
  /** What it is found by. */
  readonly words: { readonly heading: string; readonly text: string };
};

export type NewDocument = Omit<DocumentRow, "ingestedAt"> & {
  readonly words: string;
  readonly passages: readonly NewPassage[];
};

/** One statement stays well below Postgres's 65,535 parameters and below a few megabytes. */
const PASSAGES_PER_INSERT = 200;

/** Origin to hash, for those of the given documents that are stored. */
export async function hashesOf(db: Db, origins: readonly string[]): Promise<Map<string, string>> {
  if (origins.length === 0) return new Map();
  const rows = await db
    .select({ origin: documents.origin, hash: documents.hash })
    .from(documents)
    .where(inArray(documents.origin, [...origins]));
  return new Map(rows.map((row) => [row.origin, row.hash]));
}

/**
 * Stores a document with its passages, all or nothing. A document of the same origin keeps its id and gets new passages;
 * `id` is used for a new one only. Of two writers of one origin the second waits for the first.
 */
export async function putDocument(db: Db, document: NewDocument): Promise<"added" | "updated"> {
  return db.transaction(async (transaction) => {
    const { id, added } = await putRow(transaction, document);
    if (!added) await transaction.delete(passages).where(eq(passages.documentId, id));
    for (let from = 0; from < document.passages.length; from += PASSAGES_PER_INSERT) {
      const batch = document.passages.slice(from, from + PASSAGES_PER_INSERT);
      await transaction.insert(passages).values(
        batch.map((passage, index) => ({
          documentId: id,
          ordinal: from + index,
          heading: storable([...passage.heading]),
          text: storable(passage.text),
          search: searchVector(document.words, passage.words),
        })),
      );
    }
    return added ? "added" : "updated";
  });
}

async function putRow(db: Db, document: NewDocument): Promise<{ id: string; added: boolean }> {
  const { words: _, passages: __, id, origin, ...rest } = document;
  const facts = { ...rest, title: storable(rest.title) };
  const [row] = await db
    .insert(documents)
    .values({ id, origin, ...facts })
    .onConflictDoUpdate({ target: documents.origin, set: { ...facts, ingestedAt: sql`now()` } })
    .returning({ id: documents.id });
  if (row === undefined) throw new Error(`the document ${origin} was not stored`);
  return { id: row.id, added: row.id === id };
}

/** In front of a lexeme: it stands in the title or in a heading. The index knows no weights, but it knows these. */
const HEADED = "^";

/** Fields by weight: the document's title A, the headings B, the text D; and once more what title and headings hold. */
function searchVector(title: string, words: { heading: string; text: string }) {
  return sql`setweight(to_tsvector('english', ${storable(title)}), 'A')
    || setweight(to_tsvector('english', ${storable(words.heading)}), 'B')
    || setweight(to_tsvector('english', ${storable(words.text)}), 'D')
    || array_to_tsvector(array(
      select ${HEADED} || lexeme from unnest(to_tsvector('english', ${storable(`${title} ${words.heading}`)}))
    ))`;
}

export type DocumentWithPassages = DocumentRow & {
  readonly passages: readonly { readonly ordinal: number; readonly heading: string[]; readonly text: string }[];
};

/** With its passages in order. Null for an unknown id, and for what is no id at all. */
export async function findDocument(db: Db, id: string): Promise<DocumentWithPassages | null> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return null;
  const [document] = await db.select().from(documents).where(eq(documents.id, id));
  if (document === undefined) return null;
  const rows = await db
    .select({ ordinal: passages.ordinal, heading: passages.heading, text: passages.text })
    .from(passages)
    .where(eq(passages.documentId, id))
    .orderBy(asc(passages.ordinal));
  return { ...document, passages: rows };
}

export async function countDocuments(db: Db): Promise<{ documents: number; passages: number }> {
  const [[documentCount], [passageCount]] = await Promise.all([
    db.select({ n: count() }).from(documents),
    db.select({ n: count() }).from(passages),
  ]);
  return { documents: documentCount?.n ?? 0, passages: passageCount?.n ?? 0 };
}

/**
 * Runs the steps of a search. Postgres takes the table for small, because what it searches in lies beside it (TOAST), and
 * would read all of it for each term: five times slower than the index at 4,000 passages.
 */
export function searching<T>(db: Db, search: (db: Db) => Promise<T>): Promise<T> {
  return db.transaction(async (transaction) => {
    await transaction.execute(sql`
      select set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`);
    return search(transaction);
  });
}

export type QueryTerm = { readonly lexeme: string; readonly weight: number; readonly frequency: number };

/** The words that stand inside of identifiers of a query count this much: the identifier itself says it all. */
const PART_WEIGHT = 0.3;

/** The lexemes of a query (at most 40), in how many passages each stands, and how many passages there are. */
export async function queryTerms(
  db: Db,
  words: { readonly whole: string; readonly parts: string },
): Promise<{ terms: QueryTerm[]; total: number }> {
  const asked = await lexemesOf(db, words);
  const counts = asked.map(
    ({ lexeme }) => sql`(select count(*)::int from passages where search @@ ${quoted(lexeme)}::tsquery)`,
  );
  const [row] = await db.execute<{ total: number; frequencies: number[] }>(sql`
    select (select count(*)::int from passages) as total, array[${sql.join(counts, sql`, `)}]::int[] as frequencies`);
  const terms = asked.map((term, index) => ({ ...term, frequency: row?.frequencies[index] ?? 0 }));
  return { terms, total: row?.total ?? 0 };
}

function lexemesOf(db: Db, words: { readonly whole: string; readonly parts: string }) {
  return db.execute<{ lexeme: string; weight: number }>(sql`
    select lexeme, max(weight)::float8 as weight from (
      select lexeme, 1.0 as weight from unnest(to_tsvector('english', ${storable(words.whole)}))
      union all
      select lexeme, ${PART_WEIGHT} from unnest(to_tsvector('english', ${storable(words.parts)}))
    ) as lexemes group by lexeme order by max(weight) desc, lexeme limit 40`);
}

/** A lexeme as a tsquery is written. One query a lexeme: for a value that it knows, Postgres takes the index. */
function quoted(lexeme: string): string {
  return `'${lexeme.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

export type CandidatePassage = {
  readonly documentId: string;
  readonly ordinal: number;
  readonly bytes: number;
  readonly hits: { readonly lexeme: string; readonly positions: number[]; readonly fields: string[] }[];
};

/**
 * The passages in which the most of the given worth stands, in no order, with where it stands; in a heading it counts twice.
 * A common term is looked for in headings only: those who merely mention it are too many to be worth a look.
 */
export async function findCandidates(
  db: Db,
  terms: readonly { readonly lexeme: string; readonly worth: number; readonly common: boolean }[],
  limit: number,
): Promise<CandidatePassage[]> {
  if (terms.length === 0) return [];
  const lexemes = sql.param(terms.map((term) => term.lexeme));
  const reached = terms
    .flatMap(({ lexeme, worth, common }) =>
      (common ? [HEADED + lexeme] : [lexeme, HEADED + lexeme]).map((key) => ({ key, worth })),
    )
    .map(
      ({ key, worth }) =>
        sql`select ctid, ${worth}::float8 as worth from passages where search @@ ${quoted(key)}::tsquery`,
    );
  const rows = await db.execute<CandidatePassage>(sql`
    with reached as (
      select ctid from (${sql.join(reached, sql` union all `)}) as hits group by 1 order by sum(worth) desc, 1 limit ${limit}
    )
    select document_id as "documentId", ordinal, octet_length(text) as bytes, hits
    from reached join passages on passages.ctid = reached.ctid
    cross join lateral (
      select jsonb_agg(jsonb_build_object('lexeme', lexeme, 'positions', positions, 'fields', weights)) as hits
      from unnest(passages.search) where lexeme = any(${lexemes}::text[])
    ) as found`);
  return [...rows];
}

export type FoundPassage = Pick<typeof passages.$inferSelect, "documentId" | "ordinal" | "heading" | "text"> &
  Pick<DocumentRow, "title" | "origin">;

/** The passages of the given keys, in no order. */
export async function readPassages(
  db: Db,
  keys: readonly { readonly documentId: string; readonly ordinal: number }[],
): Promise<FoundPassage[]> {
  if (keys.length === 0) return [];
  const ids = sql.param(keys.map((key) => key.documentId));
  const ordinals = sql.param(keys.map((key) => key.ordinal));
  return db
    .select({
      documentId: passages.documentId,
      ordinal: passages.ordinal,
      heading: passages.heading,
      text: passages.text,
      title: documents.title,
      origin: documents.origin,
    })
    .from(passages)
    .innerJoin(documents, eq(documents.id, passages.documentId))
    .where(
      sql`(${passages.documentId}, ${passages.ordinal}) in (select * from unnest(${ids}::uuid[], ${ordinals}::int[]))`,
    );
}
