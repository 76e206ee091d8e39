import { oneLine } from "#/lib/model/offline/one-line.ts";
import type { ReportedEvidence } from "#/lib/model/offline/read-prompt.ts";

/**
 * One piece of evidence as an item of a list, behind the place where it stands: prose as a quotation of one line, code
 * and tables as a block. Letter by letter, but for the line ends of wrapped prose.
 */
export function quotation(evidence: ReportedEvidence): string {
  const { quote, where, n } = evidence;
  if (!isCode(quote)) return `- **${placeIn(where)}:** “${oneParagraph(quote)}” [${n}]`;
  const fence = "`".repeat(Math.max(3, longestRun(quote) + 1));
  const lines = quote.split(/\r\n|[\n\r]/).map((line) => `  ${line}`);
  return `- **${placeIn(where)}** [${n}]\n\n  ${fence}\n${lines.join("\n")}\n  ${fence}`;
}

/** The page and the innermost heading; what lies between says little. */
function placeIn(where: string): string {
  const headings = where.split(" > ").map((heading) => oneLine(heading.replaceAll("**", "")));
  return headings.length < 2 ? (headings[0] ?? "") : `${headings[0]} › ${headings.at(-1)}`;
}

/** A program's line; of several lines, one of a program or a table is enough. */
function isCode(quote: string): boolean {
  const lines = quote.split("\n");
  if (lines.length === 1)
    return /^\s*(?:\/\/|(?:const|let|import|await|return|for|if)\b.*[=({])|[{};,]\s*$/.test(quote);
  return lines.some((line) => /^\s*(?:```|~~~|\||\/\/)|[{};]\s*$|=>|^\s{4,}\S/.test(line));
}

function oneParagraph(quote: string): string {
  return quote.replace(/\s+/g, " ").trim();
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
