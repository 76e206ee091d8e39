/** In UTF-16 units. */
const maxShown = 300;

/** One line for a list, cut. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= maxShown ? line : `${line.slice(0, maxShown).toWellFormed()}…`;
}
