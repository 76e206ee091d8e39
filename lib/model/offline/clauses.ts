import { oneLine } from "#/lib/model/offline/one-line.ts";
import { isSmallTalk } from "#/lib/model/offline/small-talk.ts";

const verb =
  "(?:write|make|draft|create|give|draw|prepare|produce|outline|plan|open|visit|fetch|compare|contrast|research|find|look|explain|tell|summari[sz]e|describe|check|list|show|search|suggest|propose|investigate|design|come up|work out|put together|use|ask|read|build|implement)";
/**
 * In UTF-16 units: what a person asks stands in front of what he pastes or behind it, and in a short sentence. The limits
 * keep the patterns below from working on a whole page.
 */
const maxMessage = 6_000;
const maxSentence = 600;
const maxClauses = 400;

/** What stands between two clauses that each ask for something; "if X, then what" is none. */
const joint = new RegExp(
  `(?:\\s*[,;]\\s*(?:and\\s+)?|\\s+and\\s+)(?:then|after that|afterwards|next|finally)\\s*,?\\s+(?=(?:please\\s+)?${verb}\\b)` +
    `|\\s*;\\s*` +
    `|\\s*,?\\s+and\\s+(?:also\\s+)?(?=(?:please\\s+)?${verb}\\b.{0,60}\\b(?:plan|roadmap|road map|checklist|strategy|steps)\\b)` +
    `|\\s*,?\\s+and\\s+(?:also\\s+)?(?=(?:please\\s+)?(?:open|visit|fetch|compare|research)\\b)`,
  "i",
);
const politeness =
  /^(?:(?:please|kindly|now|then|next|first|finally|also|and|so|well|ok|okay|hi|hello|hey|deputy|thanks)\b[\s,:!]*|(?:can|could|would|will) you (?:please\s+)?(?=[a-z])|i(?:'d| would) like (?:you )?to (?:have\s+)?|i (?:want|need) (?:you )?to\s+|i (?:want|need) (?=an? )|help me (?:to\s+)?|let's\s+|let us\s+|you should\s+|your task is to\s+)/i;

/** The clauses of a request that may ask for something, without greetings, politeness, quoted text and code. */
export function clausesOf(request: string): string[] {
  return proseOf(endsOf(request))
    .split("\n")
    .map((line) => line.replace(/^\s*(?:[-*+•]|\d{1,2}[.)])\s+/, "").trim())
    .flatMap(sentencesOf)
    .slice(0, maxClauses)
    .map((sentence) => oneLine(sentence, maxSentence))
    .filter((sentence) => !isSmallTalk(sentence))
    .flatMap((sentence) => sentence.split(joint))
    .map(withoutPoliteness)
    .filter((clause) => /[\p{L}\p{N}]/u.test(clause));
}

function endsOf(request: string): string {
  if (request.length <= maxMessage) return request;
  return `${request.slice(0, maxMessage / 2)}\n${request.slice(-maxMessage / 2)}`;
}

/** Marks of the prompt, fenced code and quoted lines are not the person asking; a message of nothing else is taken whole. */
function proseOf(request: string): string {
  const text = request.replace(/^\[text\] /gm, "");
  const prose = text.replace(/^(`{3,}|~{3,}).*\n(?:[\s\S]*?^\1.*$|[\s\S]*)/gm, "").replace(/^\s*>.*$/gm, "");
  return /[\p{L}\p{N}]/u.test(prose) ? prose : text;
}

/** A sentence ends at `.`, `!` or `?` with a blank behind it and a new beginning behind that. */
function sentencesOf(line: string): string[] {
  return line
    .split(/(?<=[?!])\s+|(?<=[^\s.][.])\s+(?=[\p{Lu}\p{N}"'(`]|then\b|please\b)/u)
    .filter((part) => part !== "");
}

function withoutPoliteness(clause: string): string {
  let text = clause.trim();
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(politeness, "").trim();
  }
  return text.replace(/[\s.!;,:]+$/, "").replace(/,?\s+(?:please|thanks|thank you)$/i, "");
}
