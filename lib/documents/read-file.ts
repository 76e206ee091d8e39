import { readFile, stat } from "node:fs/promises";
import { codeOf } from "#/lib/documents/find-files.ts";
import { mediaTypeOf } from "#/lib/documents/media-type.ts";
import { type DocumentInput, MAX_DOCUMENT_BYTES, refusalOf, tooLarge } from "#/lib/documents/read-document.ts";

/** A file as a document to ingest, or why it is none. What is too large is not read at all. */
export async function readDocumentFile(path: string, origin: string): Promise<DocumentInput | { reason: string }> {
  try {
    const { size } = await stat(path);
    if (size > MAX_DOCUMENT_BYTES) return { reason: tooLarge(size) };
    const content = decode(await readFile(path));
    if (content === null) return { reason: "it is binary, or not text in UTF-8" };
    const document = { origin, mediaType: mediaTypeOf(path) ?? "text/plain", content };
    const reason = refusalOf(document);
    return reason === null ? document : { reason };
  } catch (error) {
    return { reason: `it cannot be read (${codeOf(error)})` };
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
