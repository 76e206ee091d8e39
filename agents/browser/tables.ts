import type { Table } from "#/lib/protocol/result.ts";

const maxTables = 20;
const maxRows = 200;
const maxColumns = 40;
const maxCellChars = 500;
const maxChars = 200_000;

/**
 * The data tables of a document. A cell that spans several columns or rows stands in each of them, so that every row
 * has its values under the right heading. Tables that hold tables are layout and are left out.
 */
export function collectTables(document: Document): Table[] {
  const tables: Table[] = [];
  let chars = 0;
  for (const element of document.querySelectorAll("table")) {
    if (element.querySelector("table")) continue;
    const table = { caption: captionOf(element), rows: gridOf(element) };
    const isData = table.rows.length > 1 || (table.rows[0]?.length ?? 0) > 1;
    chars += isData ? JSON.stringify(table).length : 0;
    if (tables.length === maxTables || chars > maxChars) break;
    if (isData) tables.push(table);
  }
  return tables;
}

/** Its caption, else the heading that stands before it. */
function captionOf(table: Element): string {
  const caption = table.querySelector("caption");
  return textOf(caption ?? headingBefore(table)).slice(0, 200);
}

function headingBefore(element: Element): Element | null {
  for (let place: Element | null = element; place; place = place.parentElement) {
    for (let before = place.previousElementSibling; before; before = before.previousElementSibling) {
      if (/^H[1-6]$/i.test(before.tagName)) return before;
    }
  }
  return null;
}

function gridOf(table: Element): string[][] {
  const grid: string[][] = [];
  const rows = [...table.querySelectorAll("tr")].slice(0, maxRows);
  for (const [y, row] of rows.entries()) {
    let x = 0;
    for (const cell of row.querySelectorAll("th, td")) {
      while (grid[y]?.[x] !== undefined) x++;
      if (x >= maxColumns) break;
      fill(grid, x, y, cell, rows.length);
    }
    grid[y] ??= [];
  }
  return grid.map((row) => Array.from(row, (value) => value ?? "")).filter((row) => row.some((value) => value !== ""));
}

function fill(grid: string[][], x: number, y: number, cell: Element, rowCount: number): void {
  const text = textOf(cell).slice(0, maxCellChars);
  const lastRow = Math.min(y + spanOf(cell, "rowspan"), rowCount);
  const lastColumn = Math.min(x + spanOf(cell, "colspan"), maxColumns);
  for (let row = y; row < lastRow; row++) {
    grid[row] ??= [];
    for (let column = x; column < lastColumn; column++) (grid[row] ?? [])[column] = text;
  }
}

function spanOf(cell: Element, name: string): number {
  const span = Number.parseInt(cell.getAttribute(name) ?? "", 10);
  return Number.isNaN(span) ? 1 : Math.max(span, 1);
}

function textOf(element: Element | null): string {
  return (element?.textContent ?? "").replace(/\s+/g, " ").trim();
}
