import type { Evidence } from "#/lib/protocol/result.ts";

const maxQuotes = 4;
const minChars = 20;
const maxChars = 400;
const maxSearchedChars = 300_000;
const maxCandidates = 40;

/** Words that say what to do with a page rather than what to look for in it. */
const stopWords = new Set(
  (
    "about address after all also and any are back been before between both browse browser but can could does each evidence excerpt fetch " +
    "find finds first for from get give given has have how http https human into its just list look make more most need now only open " +
    "opens our out over page pages please quote read reads report reports result results return returns say says screenshot see " +
    "should show shows site some summarise summarize summary take tell text than that the their them then there these they this " +
    "title titles url use visit want was web website were what when where which who why will with would www you your"
  ).split(" "),
);

export type QuoteSource = {
  readonly task: string;
  readonly title: string;
  readonly url: string;
  readonly visibleText: string;
  /** The text of the result: quotes that stand in it, too, are preferred. */
  readonly markdown: string;
};

/**
 * One to five quotes: the title, then those sentences of the page that hold most of the task's words, in the order of the
 * page; without any match, its first sentences. Each is what a person sees on the page, runs of blanks made one.
 */
export function quotesOf(source: QuoteSource): Evidence[] {
  const from = { title: source.title || source.url, heading: [], url: source.url, origin: source.url };
  const sentences = bestSentences(source).map((quote) => ({ claim: quote, quote, source: from }));
  if (source.title === "") return sentences;
  return [
    { claim: `The page at ${source.url} is titled "${source.title}".`, quote: source.title, source: from },
    ...sentences,
  ];
}

function bestSentences({ task, title, visibleText, markdown }: QuoteSource): string[] {
  const words = wordsOf(task);
  const sentences = sentencesOf(visibleText.slice(0, maxSearchedChars)).filter((sentence) => sentence !== title);
  const scored = sentences.map((text, place) => ({ text, place, score: scoreOf(text, words) }));
  const byScore = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.place - b.place);
  if (byScore.length === 0) return firstSentences(sentences, markdown);
  const best = byScore
    .slice(0, maxCandidates)
    .sort((a, b) => b.score - a.score || inText(b, markdown) - inText(a, markdown));
  return best
    .slice(0, maxQuotes)
    .sort((a, b) => a.place - b.place)
    .map(({ text }) => text);
}

function inText(candidate: { text: string }, markdown: string): number {
  return markdown.includes(candidate.text) ? 1 : 0;
}

function firstSentences(sentences: readonly string[], markdown: string): string[] {
  const beginning = sentences.slice(0, maxCandidates);
  const proper = beginning.filter((sentence) => sentence.length >= minChars && markdown.includes(sentence));
  const first = (proper.length > 0 ? proper : beginning).slice(0, 2);
  const start = oneLine(markdown.slice(0, maxChars));
  return first.length > 0 || start === "" ? first : [start];
}

function scoreOf(sentence: string, words: readonly string[]): number {
  const lower = sentence.toLowerCase();
  const matched = words.filter((word) => lower.includes(word)).length;
  return sentence.length < minChars ? matched * 0.8 : matched;
}

/** The task's words without addresses, without those that mean little, and without the "s" of a plural. */
function wordsOf(task: string): string[] {
  const words =
    task
      .toLowerCase()
      .replace(/\bhttps?:\/\/\S+/g, " ")
      .match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const telling = words
    .filter((word) => !stopWords.has(word))
    .map((word) => (word.length > 4 ? word.replace(/s$/, "") : word));
  return [...new Set(telling)];
}

function sentencesOf(text: string): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  const found = new Set<string>();
  for (const line of text.split("\n")) {
    for (const { segment } of segmenter.segment(oneLine(line))) {
      const sentence = segment.trim();
      if (sentence.length >= 3 && sentence.length <= maxChars) found.add(sentence);
    }
  }
  return [...found];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
