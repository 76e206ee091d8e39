/** Words that bind, ask or point, whatever a text is about. */
export const functionWords: ReadonlySet<string> = new Set(
  `about am and are as at be been being but by can could did do does for from had has have he her here his how i if in
  into is it its me my of on or our over shall she should such than that their them then there these they this those
  to via was we were what when where which while who whom whose will with would you your`.split(/\s+/),
);

/** They can change what a sentence says, but not what it is about. */
const vagueWords = new Set(
  `a after all also although an any both doing down each either else etc every few further get gets give given having
  him isn itself just let like may might more most much must no nor not off once one only other out own per please s
  same so some t the through too under until up us very well whether why`.split(/\s+/),
);

/** The words of a text in their order, lower case; an identifier such as `max_retries`, `node.js` or `can-do` is one. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_$]+(?:[.\-'’][\p{L}\p{N}_$]+)*/gu) ?? [];
}

function isContent(word: string): boolean {
  return !functionWords.has(word) && !vagueWords.has(word);
}

/** English endings off, roughly: it only has to do the same to both texts that are compared. */
export function stem(word: string): string {
  const stripped = word
    .replace(/['’]s$/, "")
    .replace(/(?<=\w{2})ies$/, "y")
    .replace(/(ss|sh|ch|x)es$/, "$1")
    .replace(/([^su])s$/, "$1")
    .replace(/(?<=\w{3})(?:ing|ed|ation|ion|ment|er|or|able|ible)$/, "")
    .replace(/([bdfgmnprt])\1$/, "$1")
    .replace(/(?<=\w{3})[ey]$/, "");
  return stripped.length >= 3 ? stripped : word;
}

/** Stems of the words that carry meaning, each once; of `web_search` the parts, too. */
export function contentStems(text: string): Set<string> {
  const words = wordsOf(text).flatMap((word) => [word, ...word.split(/[_\-.]/)]);
  return new Set(words.filter((word) => word !== "" && isContent(word)).map(stem));
}
