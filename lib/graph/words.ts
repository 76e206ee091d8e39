/** Words that ask, bind or point: two texts that share only these share nothing. */
const functionWords = new Set(
  `a about after all also although am an and any are as at be been being both but by can could did do does doing down each
  either else etc every few for from further get gets give given had have having he her here him his how i if in into
  is isn it its itself just let like may me might more most much must my no nor not of off on once one only or other our
  out over own per please s same shall she should so some such t than that the their them then there these they this
  those through to too under until up us very via was we well were what when where whether which while who whom whose
  why will would you your`.split(/\s+/),
);

/** The words of a text in their order, lower case; an identifier such as `max_retries`, `node.js` or `can-do` is one. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_$]+(?:[.\-'’][\p{L}\p{N}_$]+)*/gu) ?? [];
}

export function isContent(word: string): boolean {
  return !functionWords.has(word);
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
