import type TurndownService from "turndown";

/**
 * Tables for Turndown. Its own plugin leaves a table without a heading row as HTML, breaks rows at line ends within
 * cells, and fails on an empty table; on real pages all three are common, tables that only lay out the page most of all.
 */
export function addTableRules(turndown: TurndownService): void {
  const isLayout = rememberLayouts();
  const inLayout = (node: HTMLElement) => {
    const table = ["TABLE", "TR", "TD", "TH"].includes(node.nodeName) ? node.closest("table") : null;
    return table !== null && isLayout(table);
  };
  turndown.addRule("section", { filter: ["thead", "tbody", "tfoot"], replacement: (content) => content });
  turndown.addRule("caption", { filter: "caption", replacement: () => "" });
  turndown.addRule("cell", {
    filter: ["td", "th"],
    replacement: (content) => ` ${oneLine(content).replaceAll("|", "\\|")} |`,
  });
  turndown.addRule("row", { filter: "tr", replacement: (content) => (content.trim() === "" ? "" : `|${content}\n`) });
  turndown.addRule("table", {
    filter: "table",
    replacement: (content, node) => tableText(content, node as HTMLElement),
  });
  turndown.addRule("layout", { filter: inLayout, replacement: (content) => `\n\n${content}\n\n` });
}

/**
 * A table lays out the page when it holds another one, or has neither headings nor a row with two cells. It is asked for
 * each cell, so the answer is kept.
 */
function rememberLayouts(): (table: HTMLElement) => boolean {
  const known = new WeakMap<HTMLElement, boolean>();
  return (table) => {
    const answer = known.get(table) ?? (Boolean(table.querySelector("table")) || !isData(table));
    known.set(table, answer);
    return answer;
  };
}

function isData(table: HTMLElement): boolean {
  return hasHeading(table) || Array.from(table.querySelectorAll("tr")).some((row) => cellsOf(row).length > 1);
}

/** Markdown has no table without a heading: where there is none, it stays empty. */
function tableText(content: string, table: HTMLElement): string {
  const rows = content.split("\n").filter((row) => row.trim() !== "");
  const columns = Math.max(...rows.map((row) => row.replaceAll("\\|", "").split("|").length - 2), 1);
  const heading = hasHeading(table) ? rows.shift() : undefined;
  const head = heading ?? `|${"  |".repeat(columns)}`;
  const caption = oneLine(table.querySelector("caption")?.textContent ?? "");
  const before = caption === "" ? "" : `${caption}\n\n`;
  return `\n\n${before}${[head, `|${" --- |".repeat(columns)}`, ...rows].join("\n")}\n\n`;
}

function hasHeading(table: HTMLElement): boolean {
  const cells = cellsOf(table.querySelector("tr"));
  return cells.length > 0 && cells.every((cell) => cell.nodeName === "TH" || cell.closest("thead"));
}

/** Turndown's lists are not iterable. */
function cellsOf(row: Element | null): Element[] {
  return row ? Array.from(row.querySelectorAll("td, th")) : [];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
