import type { Mode, Priority } from "#/lib/protocol/action.ts";
import type { Tier } from "#/lib/protocol/agent.ts";

/** `score` is 1 to 10; each reason begins with the points it stands for, and all of them together make the score. */
export type Complexity = { score: number; reasons: string[] };

export type TaskShape = {
  /** Tasks whose results it is given. */
  readonly dependencies?: number;
  readonly hasInput?: boolean;
  readonly mode?: Mode;
};

export type TierOf = { tier: Tier; priority: Priority | null; expectedMs: number };

type Points = { readonly points: number; readonly reason: string };

const base: Points = { points: 2, reason: "every task" };

/** What is asked for, the hardest first: only the hardest verb counts, and one point for a second kind of work. */
const kindsOfWork = [
  {
    points: 4,
    what: "something is to be built",
    verbs: /\b(?:implement|build|develop|refactor|migrate|rewrite|automate|prove)\b/i,
  },
  {
    points: 3,
    what: "something is to be made",
    verbs: /\b(?:design|plan|write|draft|create|make|fix|debug|optimi[sz]e|break\s+down|architect)\b/i,
  },
  {
    points: 2,
    what: "something is to be judged",
    verbs:
      /\b(?:compare|contrast|analy[sz]e|evaluate|assess|review|investigate|verify|weigh|recommend|decide|pros and cons|trade-?offs?)\b/i,
  },
  {
    points: 1,
    what: "something is to be understood",
    verbs: /\b(?:research|explain|summari[sz]e|explore|describe|why|how)\b/i,
  },
] as const;

/** "What does the build do?" wants nothing built. */
const question =
  /(?:^|(?<=[.!?:]\s))(?:what|which|who|whose|when|where|why|how|is|are|was|were|does|do|did|has|have)\b[^.!?\n]*/gi;

const wide =
  /\b(?:entire|whole|end[- ]to[- ]end|production|architecture|distributed|concurren\w*|fault[- ]toleran\w*|securit\w*|scalab\w*|in depth|comprehensive\w*|thorough\w*)\b/gi;
const narrow = /\b(?:quick(?:ly)?|brief(?:ly)?|just|simpl[ey]|in (?:one|a) (?:word|line|sentence)|short(?:ly)?)\b/i;
const code =
  /^[ \t]*(?:```|~~~)|\b(?:stack ?trace|traceback)\b|\b\w+\(\)|(?<![\w/.-])[\w/-]+\.(?:ts|tsx|js|py|go|rs|java|sql)\b/im;

const modePoints: Readonly<Partial<Record<Mode, Points>>> = {
  hierarchical: { points: 2, reason: "it has to be divided among others" },
  consensus: { points: 1, reason: "several answers have to be compared" },
  market: { points: 1, reason: "several offers have to be compared" },
};

/** Longer than any delegation may be: what is behind it says nothing new of how hard it is. */
const maxChars = 16_384;

/**
 * How hard a task is, by its words alone: the same words give the same score. Everything begins with 2 points, the table of
 * rules is the list in the function, and the sum is kept within 1 and 10. A lookup gets 2 or 3, a comparison or a plan about 5,
 * something to be built 6 to 8, and 9 or 10 what is built in many steps, of a whole system, or from the work of others.
 */
export function complexityOf(task: string, shape: TaskShape = {}): Complexity {
  const text = task.slice(0, maxChars);
  const found = [
    base,
    ...workPoints(text),
    lengthPoints(text),
    partPoints(partsOf(text)),
    dependencyPoints(shape.dependencies ?? 0),
    widePoints(text),
    narrow.test(text) ? { points: -1, reason: "a short answer is enough" } : null,
    code.test(text) ? { points: 1, reason: "it holds code" } : null,
    shape.hasInput ? { points: 1, reason: "it comes with data" } : null,
    shape.mode === undefined ? null : modePoints[shape.mode],
  ].filter((points) => points !== null && points !== undefined);
  return within(found);
}

function within(found: readonly Points[]): Complexity {
  const sum = found.reduce((total, { points }) => total + points, 0);
  const score = Math.min(10, Math.max(1, sum));
  const kept = score === sum ? [] : [{ points: score - sum, reason: "the scale goes from 1 to 10" }];
  return {
    score,
    reasons: [...found, ...kept].map(({ points, reason }) => `${points < 0 ? "-" : "+"}${Math.abs(points)} ${reason}`),
  };
}

function workPoints(text: string): Points[] {
  const wanted = text.replace(question, " ");
  const [hardest, other] = kindsOfWork.flatMap(({ points, what, verbs }) => {
    const verb = verbs.exec(points > 2 ? wanted : text)?.[0];
    return verb === undefined ? [] : [{ points, reason: `${what} (${verb.toLowerCase()})` }];
  });
  if (hardest === undefined) return [];
  if (other === undefined || other.points === 1) return [hardest];
  return [hardest, { points: 1, reason: `besides, ${other.reason}` }];
}

function lengthPoints(text: string): Points | null {
  const words = text.match(/\S+/g)?.length ?? 0;
  const points = words > 250 ? 3 : words > 120 ? 2 : words > 40 ? 1 : 0;
  return points === 0 ? null : { points, reason: `${words} words` };
}

/** The questions, the lines of a list, the steps one after the other, or the things compared, whichever are most. */
function partsOf(text: string): Points {
  const compared = /\b(?:compare|between|versus|vs\.?)\b/i.test(text)
    ? count(text, /,|\b(?:and|or|versus|vs|with|to)\b/gi) + 1
    : 0;
  const kinds = [
    { points: count(text, /[^\s?]\?+(?=\s|$)/g), reason: "questions" },
    { points: count(text, /^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]/gm), reason: "points of a list" },
    { points: count(text, /\b(?:then|after that|afterwards|finally)\b|;/gi) + 1, reason: "steps" },
    { points: compared, reason: "things compared" },
  ];
  return kinds.reduce((most, kind) => (kind.points > most.points ? kind : most));
}

function partPoints({ points: parts, reason }: Points): Points | null {
  const points = parts > 4 ? 3 : parts > 2 ? 2 : parts > 1 ? 1 : 0;
  return points === 0 ? null : { points, reason: `${parts} ${reason}` };
}

function dependencyPoints(dependencies: number): Points | null {
  if (dependencies <= 0) return null;
  return { points: dependencies > 2 ? 2 : 1, reason: `builds on ${dependencies} result${dependencies > 1 ? "s" : ""}` };
}

function widePoints(text: string): Points | null {
  const words = [...new Set((text.match(wide) ?? []).map((word) => word.toLowerCase()))];
  return words.length === 0 ? null : { points: words.length > 1 ? 2 : 1, reason: `a wide field (${words.join(", ")})` };
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/**
 * The model for work of this complexity, the priority it gets (null: none of its own), and the time past which the task is
 * flagged as slow. Throws RangeError for anything but a whole number from 1 to 10.
 */
export function tierOf(score: number): TierOf {
  if (!Number.isInteger(score) || score < 1 || score > 10) {
    throw new RangeError("complexity is a whole number from 1 to 10");
  }
  if (score <= 3) return { tier: "fast", priority: null, expectedMs: 30_000 };
  if (score <= 5) return { tier: "standard", priority: null, expectedMs: 90_000 };
  if (score <= 7) return { tier: "large", priority: null, expectedMs: 180_000 };
  return { tier: "expert", priority: "high", expectedMs: 600_000 };
}
