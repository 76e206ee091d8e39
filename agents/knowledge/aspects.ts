import { contentWords, isFunctionWord, isGeneral, isIdentifier, isOwnName } from "#/agents/knowledge/words.ts";

/** One thing that a task asks. */
export type Aspect = {
  /** In the words of the task. */
  readonly label: string;
  /** What all of it is about, often named elsewhere in the task: `streamText` in "how to abort it". */
  readonly subject: readonly string[];
  /** What is asked of the subject. */
  readonly words: readonly string[];
};

const MAX_ASPECTS = 6;
const MAX_TASK_CHARACTERS = 4_000;

const requests =
  /^(?:please|kindly|(?:can|could|would) you|i (?:want|need|would like) (?:you )?to|help me(?: to)?|use the (?:ingested )?(?:docs|documents|documentation) to)\s+/i;
const verbs =
  /^(?:research|find(?: out)?|look up|look for|look into|search(?: for)?|investigate|explain|describe|summari[sz]e|outline|tell me|show me|show|list|collect|gather|determine|identify|learn|study|read|answer|quote|cite|check|report)\s+(?:to (?:me|us)\s+)?(?:(?:and|then) (?:explain|describe|summari[sz]e|report|quote|cite)\s+)?(?:on |about |for )?/i;

const question = "(?:how|what|why|when|where|which|who|whether|if)";
const boundary = new RegExp(
  [
    `[,;]?\\s+(?:and|or|as well as|plus|then|but)(?:\\s+(?:also|then))?\\s+(?=${question}\\b)`,
    `,\\s*(?=${question}\\s)`,
    `[,;]\\s*(?:and\\s+)?then\\s+`,
    ";\\s*",
  ].join("|"),
  "i",
);
const beginsAsQuestion = new RegExp(`^${question}\\b`, "i");
const pronoun = /\b(?:it|its|them|they|their|this|that|these|those|one|ones|the same)\b/i;

/** "What is a claim", "how does a claim end": the subject is named, so none is taken from what was asked before. */
const ownSubject = /^(?:what|who)(?:'s| is| are| was| were)\s+(?!the\b)|\ban?\s+\p{L}/iu;
const deed = /^who\s+(?:(?:can|could|may|might|must|shall|should|will|would)\s+)?(\p{L}+)/iu;

/** What is to be made of the findings is for other agents. */
const making = /^(?:write|draft|create|prepare|produce|propose|implement)\s+(?:a|an|the|me)\b/i;

/** What a task asks, part by part: at most six, each with the words to look for. At least one, unless the task is empty. */
export function splitAspects(task: string): Aspect[] {
  const parts = sentences(task.slice(0, MAX_TASK_CHARACTERS))
    .map(withoutRequest)
    .flatMap((sentence) => sentence.split(boundary))
    .map(withoutRequest)
    .flatMap(comparedThings)
    .filter((part) => contentWords(part).length > 0);
  const asked = parts.filter((part) => !making.test(part));
  const aspects: Aspect[] = [];
  for (const label of asked.length > 0 ? asked : parts) {
    const aspect = aspectOf(label, aspects.at(-1));
    if (aspect !== null && !aspects.some((other) => isSame(other, aspect))) aspects.push(aspect);
  }
  return aspects.slice(0, MAX_ASPECTS);
}

/** All that is asked is to make something, which this agent does not. */
export function onlyMakes(task: string): boolean {
  const parts = sentences(task.slice(0, MAX_TASK_CHARACTERS)).flatMap((sentence) => sentence.split(boundary));
  return parts.length > 0 && parts.every((part) => making.test(part.replace(requests, "")));
}

/** Sentences and list items; a full stop inside of a name ends nothing. */
function sentences(task: string): string[] {
  return task
    .split(/\n+|(?<=[?!])\s+|(?<=[^\s.]{2}\.)\s+(?=["'`\p{Lu}])/u)
    .map((line) => line.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, "").trim())
    .filter(Boolean);
}

function withoutRequest(sentence: string): string {
  let text = sentence.trim();
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(requests, "").replace(verbs, "");
  }
  return text.replace(/[\s.?!,:;]+$/, "");
}

/** "Compare A and B" and "the difference between A and B" ask for A and for B. */
function comparedThings(part: string): string[] {
  const pair =
    /^(.*?)\b(?:compare|comparison of|comparing|differences? between)\s+(.+?)\s+(?:and|with|to|vs\.?|versus)\s+(.+)$/i.exec(
      part,
    );
  const [, before = "", first = "", rest = ""] = pair ?? /^()(.+?)\s+(?:vs\.?|versus)\s+(.+)$/i.exec(part) ?? [];
  if (first === "" || contentWords(before).some((word) => !isGeneral(word))) return [part];
  const [second = rest, tail = ""] = splitTail(rest);
  const one = first.replace(/^(?:how|what)\s+/i, "");
  return [`${one}${tail}`, `${second.replace(/\s+(?:works?|are|is|do|does|differs?|behaves?)$/i, "")}${tail}`];
}

/** "B for streaming" -> B, for streaming: what follows B is asked of A, too. */
function splitTail(text: string): [string, string] {
  const tail = /\s(?:for|in|on|when|with|regarding|in terms of)\s.+$/i.exec(text);
  return tail === null ? [text, ""] : [text.slice(0, tail.index), tail[0]];
}

function aspectOf(label: string, previous: Aspect | undefined): Aspect | null {
  const all = contentWords(label);
  const telling = all.filter((word) => !isGeneral(word) || word === deedIn(label));
  const words = telling.length > 0 ? telling : all;
  const named = words.filter(isIdentifier);
  if (previous !== undefined && named.length === 0 && goesOn(label, words, previous))
    return { label, subject: subjectOf(previous), words: words.filter((word) => !subjectOf(previous).includes(word)) };
  const plain = words.filter((word) => !named.includes(word) && !isOwnName(word));
  const asked = [plain, named, words].find((some) => some.length > 0) ?? [];
  return { label, subject: words.filter((word) => !asked.includes(word)), words: asked };
}

/** Whether it is about what was asked before: it points back, or is a single word that does not stand on its own. */
function goesOn(label: string, words: readonly string[], previous: Aspect): boolean {
  if (pronoun.test(label)) return true;
  const isThing = !beginsAsQuestion.test(label) && previous.subject.every(isOwnName);
  return words.length === 1 && !ownSubject.test(label) && !isThing;
}

/** "Who reads a stream" is not answered without reading, however general a word it is. */
function deedIn(label: string): string | undefined {
  const verb = deed.exec(label)?.[1];
  return verb === undefined || isFunctionWord(verb) ? undefined : verb;
}

/** What "it" is after an aspect: its names, else all that it was about. Of this product everything is told. */
function subjectOf({ subject, words }: Aspect): readonly string[] {
  return subject.some((word) => !isOwnName(word)) ? subject : [...subject, ...words];
}

function isSame(one: Aspect, other: Aspect): boolean {
  const key = (aspect: Aspect) =>
    [...aspect.subject, ...aspect.words]
      .map((word) => word.toLowerCase())
      .sort()
      .join(" ");
  return key(one) === key(other);
}
