import { createHash } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { headingLines, indexWords } from "#/lib/documents/index-words.ts";
import { type DocumentInput, readDocument, refusalOf } from "#/lib/documents/read-document.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Db } from "#/lib/store/db.ts";
import { hashesOf, putDocument } from "#/lib/store/documents.ts";

export type IngestResult = {
  readonly origin: string;
  readonly outcome: "added" | "updated" | "unchanged" | "skipped";
  /** How many passages were stored now; 0 for what is unchanged or skipped. */
  readonly passages: number;
  readonly reason?: string;
};

/** Raised whenever documents are read or indexed in another way, so that ingesting them again changes them. */
const READER_VERSION = 1;

export type IngestInput = { readonly documents: readonly DocumentInput[] };

export function ingest(context: Pick<Context, "store">, input: IngestInput): Promise<IngestResult[]> {
  return ingestDocuments(context.store.db, input.documents);
}

/**
 * Stores documents so that they can be searched; results come in the order of the input. Each document is a transaction
 * of its own: one that cannot be read is skipped with the reason, the rest goes on. The last of several documents of
 * the same origin stays. Throws when the database fails; what was stored before stays stored.
 */
export async function ingestDocuments(db: Db, documents: readonly DocumentInput[]): Promise<IngestResult[]> {
  const known = await hashesOf(db, [...new Set(documents.map((document) => document.origin))]);
  const results: IngestResult[] = [];
  for (const document of documents) {
    const result = await ingestOne(db, document, known.get(document.origin));
    if (result.outcome === "added" || result.outcome === "updated") known.set(document.origin, hashOf(document));
    results.push(result);
  }
  return results;
}

async function ingestOne(db: Db, document: DocumentInput, known: string | undefined): Promise<IngestResult> {
  const { origin } = document;
  const refusal = refusalOf(document);
  if (refusal !== null) return { origin, outcome: "skipped", passages: 0, reason: refusal };
  const hash = hashOf(document);
  if (hash === known) return { origin, outcome: "unchanged", passages: 0 };
  const read = tryToRead(document);
  if ("reason" in read) return { origin, outcome: "skipped", passages: 0, reason: read.reason };
  const outcome = await putDocument(db, {
    id: uuidv7(),
    origin,
    title: read.title,
    mediaType: document.mediaType,
    hash,
    bytes: Buffer.byteLength(document.content),
    words: indexWords(read.title),
    passages: read.passages.map((passage) => ({
      ...passage,
      words: {
        heading: indexWords(`${passage.heading.join(" ")} ${headingLines(passage.text)}`),
        text: indexWords(passage.text),
      },
    })),
  });
  return { origin, outcome, passages: read.passages.length };
}

/** The parsers are given whatever people have; a document that breaks one of them is that document's fault. */
function tryToRead(document: DocumentInput): ReturnType<typeof readDocument> | { reason: string } {
  try {
    const read = readDocument(document);
    return read.passages.length > 0 ? read : { reason: "it holds no text" };
  } catch (error) {
    return { reason: `it could not be read: ${messageOf(error)}` };
  }
}

function hashOf(document: DocumentInput): string {
  return createHash("sha256").update(`${READER_VERSION}\n${document.mediaType}\n${document.content}`).digest("hex");
}
