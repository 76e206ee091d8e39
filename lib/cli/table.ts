/** Rows as lines with aligned columns, two spaces apart; the last column is as long as it is. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** A time of the server as a cell: UTC, to the second. */
export function timeOf(at: string): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
