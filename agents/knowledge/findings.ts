import type { Aspect } from "#/agents/knowledge/aspects.ts";
import { bestQuote, type Quote } from "#/agents/knowledge/quote.ts";
import { isIdentifier, isOwnName, stems, stemsOf, synonyms } from "#/agents/knowledge/words.ts";
import type { Passage } from "#/lib/protocol/passage.ts";

export type Finding = { readonly passage: Passage; readonly quote: Quote; readonly score: number };

const MAX_FINDINGS = 3;

/** A search's score is the share of the query that a passage holds, rare words first: below this it holds none of them. */
const FLOOR = 0.33;
/** A passage that holds fewer of the asked words is about something else, however rare those are that it holds. */
const MIN_SHARE = 0.6;
const SYNONYM_SHARE = 0.7;
const ABOUT_TITLE = 0.08;
const ABOUT_HEADING = 0.04;
const pastVersions = /\b(?:migrat\w*|upgrad\w*|changelog|release notes|deprecat\w*)\b/i;
const PAST_FACTOR = 0.85;
/** A finding this much weaker than the best one adds nothing. */
const RELATIVE_FLOOR = 0.6;
/** What a second finding from the same document loses, for a third it is lost twice. */
const SAME_DOCUMENT = 0.85;

/** The best quotes for an aspect, best first, from several documents where several answer; none when nothing answers it. */
export function findingsFor(aspect: Aspect, passages: readonly Passage[]): Finding[] {
  const relevant = passages.filter((passage) => passage.score >= FLOOR && holdsWhatIsAsked(passage, aspect));
  if (!namesStandIn(aspect, relevant)) return [];
  const candidates = relevant.flatMap((passage) => {
    const quote = bestQuote(passage, aspect);
    return quote === null ? [] : [{ passage, quote, score: worthOf(passage, quote, aspect) }];
  });
  return diverse(candidates);
}

function holdsWhatIsAsked(passage: Passage, aspect: Aspect): boolean {
  return shareIn([passage.title, ...passage.heading, passage.text].join(" "), aspect) >= MIN_SHARE;
}

/** A page and a section that are about what is asked come before those that mention it, and before those about the past. */
function worthOf(passage: Passage, quote: Quote, aspect: Aspect): number {
  const about =
    ABOUT_TITLE * shareIn(passage.title, aspect) +
    ABOUT_HEADING * shareIn([...passage.heading, ...quote.unit.heading, quote.unit.label ?? ""].join(" "), aspect);
  const past = pastVersions.test(passage.title) && !pastVersions.test(aspect.label) ? PAST_FACTOR : 1;
  return (0.55 * passage.score + 0.45 * quote.score + about) * past;
}

/** The share of the asked words that a text holds; other words for the same count almost as much. */
function shareIn(text: string, aspect: Aspect): number {
  const held = stemsOf(text);
  const values = aspect.words.map((word) => {
    if (held.has(stems(word)[0] ?? "")) return 1;
    return synonyms(word).some((other) => held.has(other)) ? SYNONYM_SHARE : 0;
  });
  return values.reduce((sum: number, value) => sum + value, 0) / aspect.words.length;
}

/** A name that stands nowhere cannot be answered about, however well the rest is held. */
function namesStandIn(aspect: Aspect, passages: readonly Passage[]): boolean {
  const names = [...aspect.subject, ...aspect.words].filter((word) => isIdentifier(word) || isOwnName(word));
  if (names.length === 0) return true;
  const held = stemsOf(
    passages.map((passage) => [passage.title, ...passage.heading, passage.text].join(" ")).join(" "),
  );
  return names.every((name) => held.has(stems(name)[0] ?? ""));
}

function diverse(candidates: readonly Finding[]): Finding[] {
  const chosen: Finding[] = [];
  const left = new Set(candidates);
  const best = Math.max(0, ...candidates.map((finding) => finding.score));
  while (chosen.length < MAX_FINDINGS && left.size > 0) {
    const value = (finding: Finding) =>
      finding.score * SAME_DOCUMENT ** chosen.filter((other) => isSameDocument(finding, other)).length;
    const [next] = [...left].sort((one, other) => value(other) - value(one));
    if (next === undefined || value(next) < RELATIVE_FLOOR * best) break;
    left.delete(next);
    if (!chosen.some((finding) => finding.quote.text === next.quote.text)) chosen.push(next);
  }
  return chosen;
}

function isSameDocument(one: Finding, other: Finding): boolean {
  return one.passage.documentId === other.passage.documentId;
}
