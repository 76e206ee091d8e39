import type { Aspect } from "#/agents/knowledge/aspects.ts";
import { contentWords, isIdentifier, otherWords } from "#/agents/knowledge/words.ts";

const LIMITS = [12, 6, 24] as const;

/**
 * The queries by which the voter with this number, 1 to 9, looks for the same: the first as it was asked; the second by every
 * word that carries meaning, and by other words for them; the third by its rarest words alone, then by the others. From the
 * fourth on these come again with fewer or more passages read.
 */
export function queriesFor(aspect: Aspect, number: number): string[] {
  const words = [...aspect.subject, ...aspect.words];
  const asked = words.join(" ");
  const kind = (number - 1) % 3;
  if (kind === 0) return [asked];
  if (kind === 1) return distinct([contentWords(`${words.join(" ")} ${aspect.label}`).join(" "), inOtherWords(words)]);
  const rare = rarestFirst(words);
  const half = Math.max(2, Math.ceil(rare.length / 2));
  return distinct([rare.slice(0, half).join(" "), rare.slice(half).join(" "), asked]);
}

/** Passages that this voter reads a query. */
export function limitFor(number: number): number {
  return LIMITS[Math.floor((number - 1) / LIMITS.length) % LIMITS.length] ?? LIMITS[0];
}

function inOtherWords(words: readonly string[]): string {
  return words.map((word) => otherWords(word)[0] ?? word).join(" ");
}

/** Without the index at hand: names first, then long words, which are rarer than short ones. */
function rarestFirst(words: readonly string[]): string[] {
  return words.toSorted(
    (one, other) => Number(isIdentifier(other)) - Number(isIdentifier(one)) || other.length - one.length,
  );
}

function distinct(queries: readonly string[]): string[] {
  return [...new Set(queries)].filter(Boolean);
}
