import type { TaskResult } from "#/lib/protocol/result.ts";

/** Words in a row that make a repetition; fewer happen by chance. */
const runLength = 10;

/**
 * Whether a TASK repeats, word for word, ten or more consecutive words of a text that nobody here wrote (a page, a
 * document, another agent's result), and the user's own message does not hold those words, too. Words are compared
 * without case and punctuation. Linear in the length of the texts.
 */
export function tainted(task: string, untrusted: readonly string[], userMessage: string): boolean {
  const suspects = new Set(runsOf(task));
  for (const run of runsOf(userMessage)) suspects.delete(run);
  if (suspects.size === 0) return false;
  return untrusted.some((text) => holdsAny(text, suspects));
}

function holdsAny(text: string, suspects: ReadonlySet<string>): boolean {
  for (const run of runsOf(text)) if (suspects.has(run)) return true;
  return false;
}

/** Every run of ten words of the text, one after the other. */
function* runsOf(text: string): Generator<string> {
  const window: string[] = [];
  for (const [word] of text
    .normalize("NFKC")
    .toLowerCase()
    .matchAll(/[\p{L}\p{N}]+/gu)) {
    window.push(word);
    if (window.length > runLength) window.shift();
    if (window.length === runLength) yield window.join(" ");
  }
}

/** What of a result nobody here wrote. */
export function foreignTexts({ text, page, evidence }: TaskResult): string[] {
  return [text, page?.text ?? "", ...evidence.map(({ quote }) => quote)];
}
