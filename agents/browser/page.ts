import { readInThread } from "#/agents/browser/read-in-thread.ts";
import type { Sight } from "#/agents/browser/visit.ts";
import type { Page } from "#/lib/protocol/result.ts";

const maxTextBytes = 200_000;
const maxTitleChars = 300;

/** What was seen, made into what a reader gets: Markdown of at most 200 KB, links, and tables if they are wanted. */
export async function pageOf(sight: Sight, requestedUrl: string, tables: boolean): Promise<Page> {
  const { html, url, visibleText } = sight;
  const reading = html === null ? null : await readInThread({ html, url, visibleText, tables });
  const whole = withTitle(titleOf(sight), reading?.markdown || visibleText);
  const text = cutToBytes(storable(whole), maxTextBytes);
  return {
    title: titleOf(sight) || nameInAddress(url),
    requestedUrl,
    finalUrl: url,
    status: sight.status,
    text,
    truncated: sight.truncated || text.length < whole.length,
    links: reading?.links ?? [],
    tables: reading?.tables ?? [],
  };
}

/** The title as the page gives it, on one line; empty when it gives none. */
export function titleOf(sight: Sight): string {
  return storable(sight.title).replace(/\s+/g, " ").trim().slice(0, maxTitleChars);
}

/** An article often lacks its own headline: that stands in the title alone. */
function withTitle(title: string, text: string): string {
  const begins = text.slice(0, 2_000).includes(title);
  return title === "" || begins ? text : `# ${title}\n\n${text}`;
}

function nameInAddress(address: string): string {
  const url = new URL(address);
  return url.pathname.split("/").findLast((part) => part !== "") ?? url.host;
}

/** Postgres keeps neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "");
}

/** The longest beginning of the text that fits, without half a character at its end. */
function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.subarray(0, end).toString();
}
