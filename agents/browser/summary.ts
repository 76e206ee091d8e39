import type { Page, Table } from "#/lib/protocol/result.ts";

const excerptChars = 700;
const tableRows = 12;
const maxRefusalsNamed = 3;

export type SummaryInput = {
  readonly page: Page;
  readonly visibleText: string;
  /** Why the proxy did not connect to things that the page wanted. */
  readonly refusals: readonly string[];
  /** Addresses of the task that were not opened. */
  readonly others: readonly string[];
};

/** The result in a few lines of Markdown: title, address, the beginning of the text, the first table, what was left out. */
export function summarise(input: SummaryInput): string {
  const { page } = input;
  const title = oneLine(page.title) || page.finalUrl;
  const parts = [
    `**${title}**\n${page.finalUrl}${page.status !== null && page.status >= 400 ? ` (the site answered ${page.status})` : ""}`,
    excerpt(input) || "The page shows no text.",
    ...page.tables.slice(0, 1).map(tableText),
    ...notes(input).map((note) => `Note: ${note}`),
  ];
  return parts.join("\n\n");
}

/** From the Markdown, which lacks the page's menus; its title is not said twice. */
function excerpt({ page, visibleText }: SummaryInput): string {
  const withoutTitle = page.text.replace(/^# .*\n/, "").slice(0, 8 * excerptChars);
  const flat = oneLine(plain(withoutTitle)) || oneLine(visibleText);
  if (flat.length <= excerptChars) return flat;
  const lastBlank = flat.lastIndexOf(" ", excerptChars);
  return `${flat.slice(0, lastBlank > 0 ? lastBlank : excerptChars)} ...`;
}

/** Markdown without tables, the addresses of links and the marks at the beginning of lines. */
function plain(markdown: string): string {
  return markdown
    .replace(/^\|.*$/gm, "")
    .replace(/\[([^\]\n]{0,300})\]\([^)\s]{0,1500}\)/g, "$1")
    .replace(/^(?:#{1,6}|>|- )\s*/gm, "");
}

function tableText(table: Table): string {
  const [head = [], ...rows] = table.rows;
  const shown = rows.slice(0, tableRows);
  const lines = [rowText(head), rowText(head.map(() => "---")), ...shown.map(rowText)];
  const more = rows.length > shown.length ? `\n\n${rows.length - shown.length} more rows are in the result.` : "";
  return `${table.caption === "" ? "" : `Table: ${oneLine(table.caption)}\n\n`}${lines.join("\n")}${more}`;
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.map((cell) => oneLine(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}

function notes({ page, refusals, others }: SummaryInput): string[] {
  const found: string[] = [];
  if (page.requestedUrl !== page.finalUrl) found.push(`${page.requestedUrl} led to this address.`);
  if (page.truncated) found.push("the text was cut.");
  if (refusals.length > 0) {
    const named = refusals.slice(0, maxRefusalsNamed).join(" ");
    found.push(`parts of the page were refused (${refusals.length}): ${named}`);
  }
  if (others.length > 0) found.push(`only the first address of the task was opened, not ${others.join(", ")}.`);
  return found;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
