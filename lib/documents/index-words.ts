/** Longer runs of letters are data, such as base64, and nobody searches for them. */
const MAX_WORD_CHARACTERS = 64;

/**
 * A text as the words it is found by: markup and link addresses left out, each identifier followed by the words inside of
 * it (`abortSignal` is found as "abortsignal" and as "abort signal").
 */
export function indexWords(text: string): string {
  const found: string[] = [];
  for (const word of wordsOf(text)) {
    const parts = partsOf(word);
    found.push(joined(word));
    if (parts.length > 1) found.push(...parts);
  }
  return found.join(" ");
}

/** The words of a query: as they were written, and those inside of identifiers, which alone say less. */
export function queryWords(query: string): { whole: string; parts: string } {
  const words = [...wordsOf(query)];
  return {
    whole: words.map(joined).join(" "),
    parts: words
      .map(partsOf)
      .filter((parts) => parts.length > 1)
      .flat()
      .join(" "),
  };
}

/** The headings inside of a passage, for they say more about it than its text does. */
export function headingLines(text: string): string {
  return text.match(/^#{1,6} .*$/gm)?.join(" ") ?? "";
}

function* wordsOf(text: string): Generator<string> {
  const plain = text.replaceAll(/\]\([^()\s]*\)/g, " ").replaceAll(/<\/?[A-Za-z][^<>]*>/g, " ");
  for (const [word] of plain.matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) {
    if (word.length <= MAX_WORD_CHARACTERS) yield word;
  }
}

function joined(word: string): string {
  return word.replaceAll("_", "");
}

/** `toUIMessageStream` -> to UI Message Stream; `max_retries` -> max retries. */
function partsOf(word: string): string[] {
  return word
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[\s_]+/)
    .filter(Boolean);
}
