/**
 * The pieces that a document is made of, in order. `text` is the source as it was written, `gap` the line ends between
 * a block and the one before it when both stand in the same passage.
 */
export type Block =
  | {
      readonly kind: "heading";
      readonly depth: number;
      readonly title: string;
      readonly text: string;
      readonly gap: Gap;
    }
  | { readonly kind: "text" | "code" | "table"; readonly text: string; readonly gap: Gap };

export type Gap = "\n" | "\n\n";

/** Characters that count as a word where text has no blanks, such as Chinese or base64. */
const CHARACTERS_PER_WORD = 8;

/** The size of a text in words. */
export function countWords(text: string): number {
  let words = 0;
  let inWord = false;
  for (let index = 0; index < text.length; index++) {
    const blank = text.charCodeAt(index) <= 32;
    if (!blank && !inWord) words++;
    inWord = !blank;
  }
  return Math.max(words, Math.ceil(text.length / CHARACTERS_PER_WORD / 2));
}
