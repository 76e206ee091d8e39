import type { Context } from "#/lib/run/context.ts";
import { type DocumentWithPassages, findDocument } from "#/lib/store/documents.ts";

/** An ingested document with its passages in order, as a person reads it; null for an unknown id. */
export function openDocument(context: Pick<Context, "store">, id: string): Promise<DocumentWithPassages | null> {
  return findDocument(context.store.db, id);
}
