/** In UTF-16 units: what a person writes as one wish is shorter, and a field of a block must end somewhere. */
const maxUnits = 2_000;

/**
 * Text from outside as the value of a field: one line without control characters, without a run of backticks or tildes
 * that would open a fence, never a placeholder, never endless.
 */
export function oneLine(text: string, max = maxUnits): string {
  const line = text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/`{3,}|~{3,}/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const short = line.length > max ? `${line.slice(0, max - 4).trimEnd()} ...` : line;
  return isPlaceholder(short) ? `About "${short}"` : short;
}

function isPlaceholder(value: string): boolean {
  return /^(?:<.*>|\[.*\]|\{.*\}|[.…]*)$/.test(value);
}

/** With a capital at the beginning, unless a name stands there that has its own spelling, such as `useChat`. */
export function capitalised(text: string): string {
  return /^\p{Ll}+(?:\s|$)/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
