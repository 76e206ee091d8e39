import { oneLine } from "#/lib/model/offline/one-line.ts";
import type { ReportedTask } from "#/lib/model/offline/read-prompt.ts";
import { titlesOf } from "#/lib/model/offline/reported.ts";
import { namesIn } from "#/lib/model/offline/subject.ts";

const maxNames = 4;
const maxPages = 3;
const maxUnits = 200;

/** What a plan is about, in words that fit into the sentences of a template. */
export type Facts = {
  /** The work, e.g. `adding retries`. */
  readonly goal: string;
  /** What the work is done to, e.g. `retries`. */
  readonly subject: string;
  /** What the tasks before found out about, e.g. `how streamText reports errors`; empty without any. */
  readonly studied: readonly string[];
  /** Titles of the pages that they cite, in double quotation marks. */
  readonly pages: readonly string[];
  /** Names of functions and settings in the quotes, in backticks. */
  readonly names: readonly string[];
};

export function readAssignment(assignment: string, tasks: readonly ReportedTask[]): Facts {
  const goal = goalOf(oneLine(assignment, maxUnits));
  const evidence = tasks.flatMap((task) => task.evidence);
  return {
    goal,
    subject: subjectOf(goal),
    studied: tasks.filter((task) => task.evidence.length > 0 || task.page).map((task) => oneLine(task.task, maxUnits)),
    pages: titlesOf(evidence)
      .slice(0, maxPages)
      .map((title) => `"${oneLine(title, maxUnits)}"`),
    names: mostNamed(evidence.map((piece) => piece.quote)).map((name) => `\`${name}\``),
  };
}

const request =
  /^(?:please\s+)?(?:(?:write|make|draft|create|give|draw|prepare|produce|outline|suggest|propose|develop|list|design|show)\b.{0,40}?\b)?(?:plan|roadmap|road map|checklist|strategy|steps|guide)\b(?:\s+(?:for|to|of|on|about|how to))?\s*:?\s*/i;

/** "Write a plan for adding retries" is about "adding retries". */
function goalOf(assignment: string): string {
  const goal = assignment.replace(request, "").replace(/[\s.!?]+$/, "");
  return goal === "" ? assignment : goal;
}

const verb =
  /^(?:(?:add|implement|build|creat|introduc|integrat|support|develop|adopt|us|fix|debug|repair|migrat|upgrad|updat|mov|switch|replac|port|refactor|writ|document|research|compar|evaluat|choos|investigat|test|review|deploy|releas|improv|set(?:t)?)(?:e|ing|ting)?(?:\s+up)?|solv(?:e|ing))\s+(?:to\s+)?(?:(?:an?|the|our|my|new)\s+)*/i;

/** "adding a new agent" is done to "agent". */
function subjectOf(goal: string): string {
  const subject = goal.replace(verb, "");
  return subject === "" ? goal : subject;
}

/** Names that stand in most quotes first; in equal numbers, the one that came first. */
function mostNamed(quotes: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of quotes.flatMap(namesIn).filter(isCallable)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name]) => name)
    .slice(0, maxNames);
}

/** Names as programs have them; a capital inside of a sentence or an address is none. */
function isCallable(name: string): boolean {
  return /^[a-z]+[A-Z]\w*$|^[A-Z]+(?:_[A-Z]+)+$/.test(name) && name.length <= 40;
}
