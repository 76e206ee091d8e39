import { address, type InputSigns } from "#/lib/graph/input-signs.ts";
import { contentStems, wordsOf } from "#/lib/graph/words.ts";
import type { AgentType, Capability } from "#/lib/protocol/agent.ts";
import type { AgentChoice } from "#/lib/protocol/orchestration.ts";

type Able = { readonly type: AgentType; readonly capabilities: readonly Capability[] };

/** 0 to 1: how far what an agent can do is what a task asks for. */
export type Fit = { readonly share: number; readonly reason: string };

/**
 * What a task can ask for without naming it, in its words or by what its INPUT holds. `offers` finds the agents that do it: by
 * the names of their capabilities, or (`opens`) by what these take.
 */
type Intent = {
  readonly share: number;
  readonly asks?: RegExp;
  readonly sign?: keyof InputSigns;
  readonly offers: "plans" | "searches" | "opens";
  readonly why: string;
};

const offered = {
  plans: /^(?:plan|planning|roadmap|breakdown)$/,
  searches: /^(?:search|find|lookup|retrieve|retrieval)$/,
  opens: /^(?:urls?|https?|address|addresses|website)$/,
} as const;

/** The first that fits counts, so the clearest come first. */
const intents: readonly Intent[] = [
  {
    share: 1,
    asks: /^(?:please\s+)?(?:plan\b|break\s.{0,200}\bdown\b|break down\b|(?:make|write|draft|create|work out|outline|propose)\s.{0,60}\b(?:plan|roadmap)\b)/i,
    offers: "plans",
    why: "plans, and a plan is asked for",
  },
  { share: 1, sign: "steps", offers: "plans", why: "plans, and the INPUT holds a plan or steps" },
  { share: 0.95, sign: "documents", offers: "searches", why: "searches, and the INPUT lists documents" },
  { share: 0.9, asks: address, offers: "opens", why: "opens addresses, and the task holds one" },
  { share: 0.9, sign: "address", offers: "opens", why: "opens addresses, and the INPUT holds one" },
  {
    share: 0.7,
    asks: /^(?:please\s+)?(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|does|do|did|can|find|research|compare|look up|look for|search|investigate|explain|tell me|list)\b/i,
    offers: "searches",
    why: "searches, and something is asked or to be looked up",
  },
  {
    share: 0.6,
    asks: /\b(?:plans?|planning|steps|roadmap|milestones|break(?:ing)?\s.{0,200}\bdown)\b/i,
    offers: "plans",
    why: "plans, and the task speaks of a plan or of steps",
  },
  {
    share: 0.5,
    asks: /\?(?:\s|$)|\b(?:find|research|compare|look(?:ing)? up|search|sources?|evidence)\b/i,
    offers: "searches",
    why: "searches, and the task asks for findings",
  },
];

/** What a word adds that both use: one of the name of the agent or a capability, or one of a description. */
const perNameWord = 0.25;
const perWord = 0.1;
const mostByWords = 0.5;
/** Beside something that the task evidently asks for, words only decide between equals. */
const mostBesideIntent = 0.04;
/** What is left of the fit of an agent that opens addresses when the task holds none. */
const withoutAddress = 0.2;
const lookUp: Fit = { share: 0.1, reason: "searches, and the task names nothing else that is needed" };

/** What a task is about stands at its beginning. */
const maxChars = 4_000;

/** The capability that `can:<name>` asks for; null for other choices. `_` and `-` are the same. */
export function wantedCapability(choice: AgentChoice): string | null {
  return choice.startsWith("can:") ? normalised(choice.slice("can:".length)) : null;
}

export function hasCapability({ capabilities }: Able, wanted: string): boolean {
  return capabilities.some((capability) => nameOf(capability) === normalised(wanted));
}

function nameOf({ name }: Capability): string {
  return normalised(name);
}

function normalised(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

/**
 * How the capabilities of each agent fit a task: what its words or its INPUT evidently ask for, and the words that both use.
 * Where it evidently asks for nothing that one of them does, it is something to look up.
 */
export function fitsOf<A extends Able>(
  agents: readonly A[],
  task: string,
  signs: InputSigns,
): { agent: A; fit: Fit }[] {
  const text = task.trim().slice(0, maxChars);
  const stems = contentStems(text);
  const asked = agents.map((agent) => ({
    agent,
    intent: intents.find(
      ({ asks, sign, offers }) => does(agent, offers) && (asks?.test(text) || (sign !== undefined && signs[sign])),
    ),
  }));
  const isClear = asked.some(({ intent }) => intent !== undefined);
  return asked.map(({ agent, intent }) => {
    const fit = fitOf(agent, intent, stems, signs.address || address.test(text));
    return { agent, fit: !isClear && does(agent, "searches") && fit.share < lookUp.share ? lookUp : fit };
  });
}

function fitOf(agent: Able, intent: Intent | undefined, stems: ReadonlySet<string>, hasAddress: boolean): Fit {
  const { words, share: byWords } = sharedWords(agent, stems);
  if (intent === undefined && words.length === 0) return { share: 0, reason: "does nothing that the task asks for" };
  const needsAddress = does(agent, "opens") && !hasAddress;
  const fits = intent === undefined ? byWords : Math.min(1, intent.share + Math.min(mostBesideIntent, byWords));
  const reasons = [
    ...(intent ? [intent.why] : []),
    ...(words.length > 0 ? [`it and the task speak of ${words.slice(0, 5).join(", ")}`] : []),
    ...(needsAddress ? ["needs an address, and the task holds none"] : []),
  ];
  return { share: fits * (needsAddress ? withoutAddress : 1), reason: reasons.join("; ") };
}

function does(agent: Able, what: Intent["offers"]): boolean {
  const words = what === "opens" ? [...nameWords(agent), ...wordsOf(takenBy(agent))] : nameWords(agent);
  return words.some((word) => offered[what].test(word));
}

function nameWords({ capabilities }: Able): string[] {
  return capabilities.flatMap((capability) => nameOf(capability).split("_"));
}

function takenBy({ capabilities }: Able): string {
  return capabilities.map(({ input = "", description }) => `${input} ${description}`).join("\n");
}

function sharedWords(agent: Able, stems: ReadonlySet<string>): { words: string[]; share: number } {
  const names = contentStems([agent.type, ...nameWords(agent)].join(" "));
  const others = contentStems([takenBy(agent), ...agent.capabilities.map(({ output = "" }) => output)].join("\n"));
  const words = [...stems].filter((word) => names.has(word) || others.has(word));
  const sum = words.reduce((total, word) => total + (names.has(word) ? perNameWord : perWord), 0);
  return { words, share: Math.min(mostByWords, sum) };
}
