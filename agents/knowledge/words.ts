import { ownName } from "#/lib/protocol/passage.ts";

/** Words that ask, bind or point; they say nothing about what is looked for. */
const functionWords = new Set(
  `a about above after all also am an and any are aren as at be because been before being below between both but by can
  could did do does doing don down during each either else etc every few for from further get gets give given go had has
  have having he her here him his how i if in into is isn it its itself just let like may me might more most must my no
  nor not now of off on once one only or other our out over own per please s same shall she should so some such t than
  that the their them then there these they this those through to too under until up us very via was we well were what
  when where whether which while who whom whose why will with within without would you your`.split(/\s+/),
);

/** Words of a request or of any text: they may help to choose between passages, but nobody looks for them. */
const generalWords = new Set(
  `answer approach available behave behaviour behavior best between briefly call called certain compare comparison
  concept consist deal decide describe description detail details determine difference different differ discuss
  document documentation documented documents docs examine example examples exactly exist explain explanation explore find
  follow following good handle happen happens help identify important information investigate involve kind know learn list look
  main make makes mean meaning means middle need needed needs outline overview page pages part parts possible provide provides
  question quote report reports research read result say says search see show shows source sources step steps study
  summarise summarize summary support supported supports take tell thing things type understand use used useful user
  uses using usage various way ways work working works write`.split(/\s+/),
);

export function isGeneral(word: string): boolean {
  const lower = word.toLowerCase();
  return [lower, lower.replace(/(?:s|d|ed|ing)$/, ""), lower.replace(/(?:ed|ing)$/, "e")].some((form) =>
    generalWords.has(form),
  );
}

export function isFunctionWord(word: string): boolean {
  return functionWords.has(word.toLowerCase());
}

/** The words of a text that carry meaning, as they were written, each once. */
export function contentWords(text: string): string[] {
  const words = text.match(/[\p{L}\p{N}_$]+(?:[.\-'][\p{L}\p{N}_$]+)*/gu) ?? [];
  const kept = words.map((word) => word.replace(/'s$/, "")).filter((word) => !functionWords.has(word.toLowerCase()));
  return [...new Map(kept.map((word) => [word.toLowerCase(), word])).values()];
}

/** `streamText`, `max_retries`, `node.js`, `HTTP2`: a name that somebody gave to something. */
export function isIdentifier(word: string): boolean {
  return /\p{Ll}\p{Lu}|\w[_.]\w|\p{L}\p{N}|^\p{Lu}{2,}$/u.test(word);
}

/** In a question about this product its name says where to look, not what for. */
export function isOwnName(word: string): boolean {
  return word.toLowerCase() === ownName.toLowerCase();
}

/** A word and the words inside of it, as stems: `abortSignal` is abortsignal, abort and signal. */
export function stems(word: string): string[] {
  const parts = word
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[\s_.\-$']+/)
    .filter(Boolean);
  const whole = word.replaceAll(/[_.\-$']/g, "").toLowerCase();
  return parts.length > 1 ? [whole, ...parts.map(stem)] : [stem(whole)];
}

/** The stems of all words of a text. */
export function stemsOf(text: string): Set<string> {
  return new Set((text.match(/[\p{L}\p{N}_$]+(?:\.[\p{L}\p{N}_$]+)*/gu) ?? []).flatMap(stems));
}

/** Forms that no ending tells, each group behind its infinitive. */
const irregular = new Map(
  `write written wrote|keep kept|hold held|send sent|build built|choose chose chosen|lose lost|break broke broken|spend spent|
  begin began begun|sell sold|buy bought|bring brought|teach taught|win won|lead led|speak spoke spoken|draw drew drawn|
  grow grew grown|throw threw thrown|steal stole stolen`
    .split("|")
    .flatMap((group) => {
      const [infinitive = "", ...forms] = group.trim().split(" ");
      return forms.map((form) => [form, infinitive] as const);
    }),
);

const sameMeaning = [
  "abort cancel stop interrupt",
  "error exception failure",
  "delete remove erase",
  "configure configuration setting option",
  "retry attempt",
  "limit maximum quota",
  "speed performance latency",
  "login authentication authenticate",
  "begin start launch",
  "save store persist keep",
  "kill crash exit die",
  "spend cost budget money",
].map((group) => new Map(group.split(" ").map((word) => [stem(word), word])));

/** The stems of other words for the same. */
export function synonyms(word: string): string[] {
  return othersLike(word).map(([other]) => other);
}

/** Other words for the same, as they are written. */
export function otherWords(word: string): string[] {
  return othersLike(word).map(([, written]) => written);
}

function othersLike(word: string): [string, string][] {
  const own = stem(word);
  return sameMeaning
    .filter((group) => group.has(own))
    .flatMap((group) => [...group].filter(([other]) => other !== own));
}

/** English endings off, roughly: it only has to do the same to the question and to the text. */
function stem(word: string): string {
  const written = word.toLowerCase();
  const lower = irregular.get(written) ?? written;
  const stripped = lower
    .replace(/(?<=\w{2})ies$/, "y")
    .replace(/(ss|sh|ch|x)es$/, "$1")
    .replace(/([^su])s$/, "$1")
    .replace(/(?<=\w{3})(?:ing|ed|ation|ion|ment|er|or|able|ible)$/, "")
    .replace(/([bdfgmnprt])\1$/, "$1")
    .replace(/(?<=\w{3})[ey]$/, "");
  return stripped.length >= 3 ? stripped : lower;
}
