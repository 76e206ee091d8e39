/**
 * Boundaries around what comes from outside:
 *
 *     <<<DATA <nonce> <name>
 *     ...
 *     >>>END <nonce>
 *
 * The nonce is random per prompt, so nothing that was written before can close a boundary or open one. Inside, a line
 * that a reader could take for a block's first or last line gets a visible mark in front of it.
 */
const mark = "[text] ";

/** Behind every character that some reader takes for the end of a line. */
const lineStart =
  /(^|[\p{Cc}\p{Zl}\p{Zp}])(?=[^\p{L}\p{N}\n\r]{0,20}(?:ACTION[^\p{L}\n\r]{0,10}[:：=]|[-–—]{2,}\s*END\b|<<<\s*DATA\b|>>>\s*END\b))/giu;

export function bounded(name: string, text: string, nonce: string): string {
  return `<<<DATA ${nonce} ${name}\n${defused(text.replaceAll(nonce, ""))}\n>>>END ${nonce}`;
}

/** The text with a mark before every line that begins like a block, an end marker or a boundary. */
export function defused(text: string): string {
  return text.replace(lineStart, (_, start: string) => start + mark);
}

/** What stands inside of the boundary with this name, or null; the last one wins. */
export function insideBoundary(prompt: string, name: string, nonce: string): string | null {
  const opening = `<<<DATA ${nonce} ${name}\n`;
  const from = prompt.lastIndexOf(opening);
  if (from < 0) return null;
  const to = prompt.indexOf(`\n>>>END ${nonce}`, from);
  return to < 0 ? null : prompt.slice(from + opening.length, to);
}
