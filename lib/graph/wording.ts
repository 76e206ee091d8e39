import { functionWords } from "#/lib/graph/words.ts";

/**
 * How a claim is spelled and taken apart, so that two can be compared: one line without markup, contractions and signs; its
 * words, numbers and units; the stems of those words that carry meaning.
 */

/** Words that deny; mostly what stands behind them. */
export const negations: ReadonlySet<string> = wordSet("not no never none neither nor without nothing nobody nowhere");

/** The sentences of a text: a line of its own is one, too. Not trimmed. */
export function sentencesIn(text: string): string[] {
  return text.split(/\n+|(?<=[.!?])\s+(?=["'“(]?[\p{Lu}\p{N}])/u);
}

const operators: readonly (readonly [RegExp, string])[] = [
  [/>=|≥/g, " at least "],
  [/<=|≤/g, " at most "],
  [/>(?=\s|\d)/g, " more than "],
  [/<(?=\s|\d)/g, " less than "],
  [/\$\s*(\d[\d,.]*\d|\d)/g, "$1 dollar "],
  [/€\s*(\d[\d,.]*\d|\d)/g, "$1 euro "],
  [/%|\bper ?cent\b/gi, " percent "],
];

const contractions: readonly (readonly [RegExp, string])[] = [
  [/\b(can|won|shan)['’]?t\b/gi, "$1 not"],
  [/\bcannot\b/gi, "can not"],
  [/\b(is|are|was|were|do|does|did|has|have|had|would|could|should|must|need)n['’]?t\b/gi, "$1 not"],
  [/\b(it|that|this|there|what|here|he|she|who)['’]s\b/gi, "$1 is"],
  [/['’]s\b/gi, ""],
  [/(?<=\p{L})['’](re|ve|ll|d|m)\b/giu, " "],
];

/** One line without markup, contractions and signs; letter case is kept, for names are known by it. */
export function spelledOut(claim: string): string {
  let text = plain(claim.normalize("NFKC").replace(/\s+/g, " "));
  for (const [pattern, words] of contractions) text = text.replace(pattern, words);
  for (const [pattern, words] of operators) text = text.replace(pattern, words);
  return text
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replace(/\bv(?=\d)/gi, "")
    .trim();
}

/** One line of Markdown without its markup: links are their text, citations are nothing. */
export function plain(markdown: string): string {
  return markdown
    .replace(/^[\s>]*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+)?/, "")
    .replace(/!?\[([^\][]*)\]\([^()\s]*\)/g, "$1")
    .replace(/\s?\[\d+\]/g, "")
    .replace(/<\/?(?:a|b|br|code|em|i|kbd|p|span|strong|sub|sup|u)(?:\s[^<>]*)?>/gi, "")
    .replace(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])|[*`]|~~/gu, "");
}

const fillers = wordSet(
  "a an the please well so indeed actually basically really very quite simply just certainly clearly definitely overall also",
);
/** Which of several ways is used says no more than that it is done so. */
const using = wordSet("use uses using used");

/** Words, numbers and identifiers in order, without fillers. */
export function tokensOf(lowered: string): string[] {
  const found =
    lowered.match(
      /(?<![\p{L}\p{N}])-\d+(?:\.\d+)*|\d+(?:\.\d+)*|[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*|\+\+|#)*/gu,
    ) ?? [];
  return withUnits(withDigits(found.filter((token) => !fillers.has(token))));
}

const ones =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const tens = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const powers = new Map([
  ["hundred", 100],
  ["thousand", 1e3],
  ["million", 1e6],
  ["billion", 1e9],
]);

/** "forty two" and "2 million" in digits, 5.0 as 5. "one" counts only before a unit or alone, for it mostly is no number. */
function withDigits(tokens: readonly string[]): string[] {
  const digits: string[] = [];
  let open = false;
  tokens.forEach((token, at) => {
    const last = digits.at(-1) ?? "";
    const ten = tens.indexOf(token);
    const one =
      token === "one" && tokens.length > 1 && !units.has(tokens[at + 1] ?? "") && !open ? -1 : ones.indexOf(token);
    const power = powers.get(token);
    if (power !== undefined && /^-?[\d.]+$/.test(last)) digits.splice(-1, 1, `${Number(last) * power}`);
    else if (open && one > 0 && one < 10) digits.splice(-1, 1, `${Number(last) + one}`);
    else if (ten >= 0) digits.push(`${(ten + 2) * 10}`);
    else digits.push(one >= 0 ? `${one}` : token.replace(/^(-?\d+)\.0+$/, "$1"));
    open = ten >= 0;
  });
  return digits;
}

const units: ReadonlyMap<string, string> = new Map(
  [
    "ms msec millisecond milliseconds",
    "second s sec secs seconds",
    "minute min mins minutes",
    "hour h hr hrs hours",
    "day d days",
    "week weeks",
    "month months",
    "year years",
    "byte bytes",
    "kb kilobyte kilobytes",
    "mb megabyte megabytes",
    "gb gigabyte gigabytes",
    "percent",
    "dollar dollars usd",
    "euro euros eur",
  ].flatMap((line) => {
    const names = line.split(" ");
    return names.map((name) => [name, names[0] ?? name] as const);
  }),
);

/** One word for each unit behind a number. */
function withUnits(tokens: readonly string[]): string[] {
  return tokens.map((token, at) => (isNumber(tokens[at - 1]) ? (units.get(token) ?? token) : token));
}

function isNumber(token: string | undefined): boolean {
  return token !== undefined && /^-?\d/.test(token);
}

/** Unit by number, an empty one where none is said. */
export function numbersIn(tokens: readonly string[]): Map<string, string> {
  const numbers = new Map<string, string>();
  tokens.forEach((token, at) => {
    if (isNumber(token)) numbers.set(token, units.get(tokens[at + 1] ?? "") ?? "");
  });
  return numbers;
}

/** The tokens that carry meaning, in order, as stems. */
export function stemsOf(tokens: readonly string[]): string[] {
  return contentOf(tokens).map(stem);
}

function contentOf(tokens: readonly string[]): string[] {
  return tokens.filter(
    (token, at) =>
      !isNumber(token) &&
      !functionWords.has(token) &&
      !using.has(token) &&
      !negations.has(token) &&
      !(isNumber(tokens[at - 1]) && units.has(token)),
  );
}

const irregular = new Map(
  "thrown:throw threw:throw written:write wrote:write sent:send kept:keep held:hold given:give gave:give taken:take took:take made:make found:find lost:lose built:build began:begin begun:begin chosen:choose"
    .split(" ")
    .map((pair) => pair.split(":") as [string, string]),
);

/**
 * The word without its most common endings, so that `caches`, `cached` and `caching` are one. Fewer than in words.ts, where two
 * words that are taken for one do no harm: here they would make one claim of two.
 */
export function stem(word: string): string {
  if (!/^[a-z]{4,}$/.test(word)) return word;
  return (irregular.get(word) ?? word)
    .replace(/ies$/, "y")
    .replace(/(?<=ss|x|ch|sh|z)es$|(?<![siu])s$/, "")
    .replace(/(?<=[a-z]{3})(?:ing|ed)$/, "")
    .replace(/e$/, "")
    .replace(/([b-df-hj-np-tv-z])\1$/, "$1");
}

export function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/));
}
