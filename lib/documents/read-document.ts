import { htmlToMarkdown } from "#/lib/documents/html-to-markdown.ts";
import { readMarkdown } from "#/lib/documents/markdown.ts";
import { mediaTypeOf, readableMediaType } from "#/lib/documents/media-type.ts";
import { type Passage, toPassages } from "#/lib/documents/passages.ts";
import { textBlocks } from "#/lib/documents/plain-text.ts";

export const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024;

export type DocumentInput = {
  /** What a person knows it by: a path or an address. */
  readonly origin: string;
  readonly mediaType: string;
  readonly content: string;
};

export type ReadDocument = { readonly title: string; readonly passages: readonly Passage[] };

/**
 * A document as passages that can be searched and quoted: about 120 to 350 words each, in order, each the source's own
 * words (of HTML: of its readable part as Markdown). Call `refusalOf` first: this trusts its input to be text.
 */
export function readDocument(input: DocumentInput): ReadDocument {
  const type = readableMediaType(input.mediaType) ?? mediaTypeOf(input.origin) ?? "text/plain";
  if (type === "text/plain") {
    return { title: fileNameOf(input.origin), passages: toPassages(textBlocks(withoutMark(input.content)), "") };
  }
  const html = type === "text/html" ? htmlToMarkdown(input.content, addressOf(input.origin)) : null;
  const read = readMarkdown(html?.markdown ?? withoutMark(input.content), { mdx: type === "text/mdx" });
  const title = html?.title || read.title || fileNameOf(input.origin);
  return { title, passages: toPassages(read.blocks, title) };
}

/** Why a document cannot be ingested, in a sentence; null when it can. */
export function refusalOf(input: DocumentInput): string | null {
  const bytes = Buffer.byteLength(input.content);
  if (bytes > MAX_DOCUMENT_BYTES) return tooLarge(bytes);
  if (input.content.includes("\u0000")) return "it is binary (it holds NUL bytes)";
  if (!readableMediaType(input.mediaType) && !mediaTypeOf(input.origin)) {
    return `documents of type ${input.mediaType} cannot be read; Markdown, plain text and HTML can`;
  }
  return null;
}

export function tooLarge(bytes: number): string {
  return `it is too large: ${(bytes / 1024 / 1024).toFixed(1)} MB, at most 10 MB can be ingested`;
}

function withoutMark(content: string): string {
  return content.startsWith("\uFEFF") ? content.slice(1) : content;
}

function fileNameOf(origin: string): string {
  return origin.split("/").filter(Boolean).at(-1) ?? origin;
}

function addressOf(origin: string): string | undefined {
  return /^https?:\/\//.test(origin) ? origin : undefined;
}
