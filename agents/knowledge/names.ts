import { isFunctionWord, isGeneral, isIdentifier } from "#/agents/knowledge/words.ts";

/**
 * What a text calls by a name: words with a capital, identifiers, numbers of three digits or more, and what stands in quotation
 * marks. The first word of a sentence counts, too, unless it is one that any sentence may begin with.
 */
export function namesIn(text: string): string[] {
  const quoted = [...text.matchAll(/["“”«»]([^"“”«»\n]{2,60})["“”«»]/g)].map(([, inner = ""]) => inner.trim());
  const words = text.match(/[\p{L}\p{N}_$]+(?:[.\-'’][\p{L}\p{N}_$]+)*/gu) ?? [];
  const named = words.map((word) => word.replace(/['’]s$/, "")).filter(isName);
  return [...new Set([...quoted, ...named])];
}

/** Whether a text holds the name as a whole, in the same letters. */
export function holdsName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = text.slice(Math.max(0, at - 1), at);
    const behind = text.slice(at + name.length, at + name.length + 1);
    if (!/[\p{L}\p{N}_]/u.test(before) && !/[\p{L}\p{N}_]/u.test(behind)) return true;
  }
  return false;
}

function isName(word: string): boolean {
  if (/^\d{3,}$/.test(word) || isIdentifier(word)) return true;
  return /^\p{Lu}[\p{L}\p{N}'’-]{2,}$/u.test(word) && !isFunctionWord(word) && !isGeneral(word);
}
