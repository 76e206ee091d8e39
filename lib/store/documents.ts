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

/** Fields by weight: the document's title A, the headings B, the text D. */
function searchVector(title: string, words: { heading: string; text: string }) {
  return sql`setweight(to_tsvector('english', ${storable(title)}), 'A')
    || setweight(to_tsvector('english', ${storable(words.heading)}), 'B')
    || setweight(to_tsvector('english', ${storable(words.text)}), 'D')`;
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
