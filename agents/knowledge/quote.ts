import type { Aspect } from "#/agents/knowledge/aspects.ts";
import { type Unit, unitsOf } from "#/agents/knowledge/units.ts";
import { stems, stemsOf, synonyms } from "#/agents/knowledge/words.ts";
import type { Passage } from "#/lib/protocol/passage.ts";

/** The words of a passage that answer an aspect best. */
export type Quote = {
  /** A contiguous part of the passage, letter by letter. */
  readonly text: string;
  readonly unit: Unit;
  /** 0 to about 1: the share of the aspect that the quote and its headings hold. */
  readonly score: number;
};

const MAX_SENTENCES = 3;
const MAX_CHARACTERS = 600;

/** What the subject counts against what is asked of it: a whole page may be about it and name it once. */
const SUBJECT_WEIGHT = 0.3;
/** What a word counts that stands in the headings above and not in the quote itself. */
const CONTEXT_WEIGHT = 0.45;

const refersBack = /^(?:this|it|these|they|that|instead|however|otherwise|unlike)\b|^.{0,40}\b(?:those|these)\b/i;
const asksHow = /^how (?:to|do|does|can|could|should|would)\b/i;
const saysWhatToDo =
  /\byou (?:can|should|must|need to|would)\b|\bcan be used\b|^(?:to \w+.*, )?(?:use|pass|set|call|forward|add|provide)\b/i;
const asksWhat = /^(?:what|who)(?:'s| is| are)\b/i;

const kindWeights: Readonly<Record<Unit["kind"], number>> = { sentence: 1, item: 0.9, row: 0.7, code: 0.55 };

/** Null when no part of the passage holds a word of what is asked. */
export function bestQuote(passage: Passage, aspect: Aspect): Quote | null {
  const units = unitsOf(passage.text);
  const scores = units.map(
    (unit, index) => scoreOf(unit, passage, aspect) + (index < 2 ? definition(passage, aspect) : 0),
  );
  const best = scores.reduce((top, score, index) => (score > (scores[top] ?? 0) ? index : top), 0);
  const unit = units[best];
  const score = scores[best] ?? 0;
  if (unit === undefined || score <= 0) return null;
  const [first, last] = stretch(units, scores, best);
  const text = passage.text.slice(first.from, last.to);
  return { text: text.length > MAX_CHARACTERS ? shortened(text) : text, unit: first, score };
}

function scoreOf(unit: Unit, passage: Passage, aspect: Aspect): number {
  const here = stemsOf(unit.text);
  const above = stemsOf([passage.title, ...passage.heading, ...unit.heading, unit.label ?? ""].join(" "));
  const asked = aspect.words.map((word) => held(word, here, above));
  if (!asked.some((value) => value >= CONTEXT_WEIGHT)) return 0;
  const subject = aspect.subject.map((word) => held(word, here, above));
  const sum = total(asked) + SUBJECT_WEIGHT * total(subject);
  const most = asked.length + SUBJECT_WEIGHT * subject.length;
  const fit = namesWhatIsAsked(unit, aspect) + answersInKind(unit, aspect);
  return ((sum / most) * kindWeights[unit.kind] + fit) * form(unit);
}

/** What opens the page that is named as the thing asked for says what the thing is. */
function definition(passage: Passage, aspect: Aspect): number {
  const asked = stemsOf([...aspect.subject, ...aspect.words].join(" "));
  const title = passage.title.match(/[\p{L}\p{N}_$]+/gu) ?? [];
  const named = title.length > 0 && title.every((word) => asked.has(stems(word)[0] ?? ""));
  return named && passage.ordinal === 0 ? 0.3 : 0;
}

/** A word inside of an identifier counts; an identifier is more than its parts; other words for the same explain it. */
function held(word: string, here: ReadonlySet<string>, above: ReadonlySet<string>): number {
  const [whole = "", ...parts] = stems(word);
  const explained = synonyms(word).some((other) => here.has(other));
  if (here.has(whole)) return explained ? 1.2 : 1;
  if (above.has(whole)) return explained ? 0.9 : CONTEXT_WEIGHT;
  if (parts.length === 0) return explained ? CONTEXT_WEIGHT : 0;
  return 0.4 * (parts.filter((part) => here.has(part)).length / parts.length);
}

/** `onError` where errors are asked for: a name in code marks is what a reader can use. */
function namesWhatIsAsked(unit: Unit, aspect: Aspect): number {
  const names = stemsOf((unit.text.match(/`[^`\n]+`/g) ?? []).join(" ") + (unit.label ?? ""));
  return aspect.words.some((word) => stems(word).some((stem) => names.has(stem))) ? 0.12 : 0;
}

/** "How to" is answered by what to do, "what is" by "X is ...". */
function answersInKind(unit: Unit, aspect: Aspect): number {
  if (asksHow.test(aspect.label)) return saysWhatToDo.test(unit.text) ? 0.15 : 0;
  if (!asksWhat.test(aspect.label)) return 0;
  const before = /^(.{0,80}?)\b(?:is|are|means|refers to|lets?|allows?)\b/s.exec(unit.text)?.[1] ?? "";
  const held = stemsOf(before);
  return aspect.words.every((word) => held.has(stems(word)[0] ?? "")) ? 0.2 : 0;
}

/** What sends the reader elsewhere, asks, tells of a problem, only announces or is part of a drawing says less than it seems to. */
function form(unit: Unit): number {
  const words = unit.text.split(/\s+/).length;
  let factor = words < 4 ? 0.4 : words < 6 ? 0.8 : words > 70 ? 0.75 : 1;
  if (/^(?:see|check out|read|refer to|for (?:more|details|guidance)|learn more)\b/i.test(unit.text)) factor *= 0.45;
  if (/^(?:issue|problem|symptoms?)$/i.test(unit.heading.at(-1) ?? "")) factor *= 0.6;
  if (unit.text.endsWith("?") || /^(?:I|I'm|We|We're|My)\b/.test(unit.text)) factor *= 0.6;
  if (unit.text.endsWith(":")) factor *= 0.75;
  if (unit.kind === "code" && /^(?:import|export \{|\}|\))|[\u2190-\u21ff\u2500-\u259f]/.test(unit.text)) factor *= 0.4;
  return factor;
}

/** The best unit with its neighbours, as far as they go on about the same or are needed to understand it. */
function stretch(units: readonly Unit[], scores: readonly number[], best: number): [Unit, Unit] {
  const good = 0.6 * (scores[best] ?? 0);
  let first = best;
  let last = best;
  const at = (index: number) => units[index] as Unit;
  const joins = (index: number) => units[index]?.block === at(best).block && last - first + 1 < MAX_SENTENCES;
  while (refersBack.test(at(first).text) && joins(first - 1)) first--;
  while (joins(last + 1) && ((scores[last + 1] ?? 0) >= good || leadsOn(at(last)))) {
    if (at(last + 1).to - at(first).from > MAX_CHARACTERS) break;
    last++;
  }
  return [at(first), at(last)];
}

function leadsOn(unit: Unit): boolean {
  return unit.text.endsWith(":") || (unit.kind === "code" && unit.text.startsWith("//"));
}

function shortened(text: string): string {
  const end = text.lastIndexOf(" ", MAX_CHARACTERS);
  return text
    .slice(0, end > MAX_CHARACTERS / 2 ? end : MAX_CHARACTERS)
    .toWellFormed()
    .trimEnd();
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
