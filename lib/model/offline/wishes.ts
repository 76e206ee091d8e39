import { addressesIn, withoutAddresses, withSchemes } from "#/lib/model/offline/addresses.ts";
import { clausesOf } from "#/lib/model/offline/clauses.ts";
import { comparedThings } from "#/lib/model/offline/comparison.ts";
import { capitalised, oneLine } from "#/lib/model/offline/one-line.ts";
import { type Pattern, patternIn } from "#/lib/model/offline/patterns.ts";
import { withSubject } from "#/lib/model/offline/subject.ts";
import { type AgentType, agentTypes } from "#/lib/protocol/agent.ts";

/** One thing that a request asks for, as the assignment of one agent, of voters, or of whoever makes the best bid. */
export type Wish = {
  readonly agent: AgentType | "any";
  readonly task: string;
  readonly mode?: Pattern["mode"];
  readonly voters?: number;
};

/** More than this from one message is more than a person reads. */
const maxWishes = 8;

/**
 * What a request holds: questions, things to look up and things to compare for the knowledge agent, one each; addresses
 * for the browser, one each; plans for the planner. Where nothing is clear, the whole message is a question.
 * `earlier` are the person's messages before, newest first: they say what "it" is.
 */
export function wishesOf(request: string, earlier: readonly string[] = []): Wish[] {
  const found: Wish[] = [];
  const doubtful: string[] = [];
  for (const clause of clausesOf(withSchemes(request))) {
    const wishes = wishesIn(clause, [...found.map((wish) => wish.task).toReversed(), ...earlier]);
    if (wishes) found.push(...wishes);
    else doubtful.push(clause);
  }
  const wishes = found.length > 0 ? found : [knowledge(doubtful.join(" ") || request)];
  return unique(wishes).slice(0, maxWishes);
}

/** Null when the clause does not say clearly that something is wanted. */
function wishesIn(clause: string, before: readonly string[]): Wish[] | null {
  const pattern = patternIn(clause);
  return pattern === null ? plainWishesIn(clause, before) : patternWishes(pattern, before);
}

function patternWishes(pattern: Pattern, before: readonly string[]): Wish[] {
  const { question } = pattern;
  switch (pattern.mode) {
    case "consensus":
      return [{ ...knowledge(withSubject(question, before)), mode: "consensus", ...onlyVoters(pattern.voters) }];
    case "market":
      return [{ agent: "any", task: withSubject(question, before), mode: "market" }];
    case "hierarchical":
      return (plainWishesIn(question, before) ?? [knowledge(question)]).map((wish) => ({
        ...wish,
        mode: "hierarchical",
      }));
  }
}

function onlyVoters(voters: number | undefined): Pick<Wish, "voters"> {
  return voters === undefined ? {} : { voters };
}

function plainWishesIn(clause: string, before: readonly string[]): Wish[] | null {
  const addresses = addressesIn(clause);
  if (addresses.length > 0) return addresses.map((address) => browser(address, clause, addresses.length));
  const named = forNamedAgent(clause);
  if (named) return [named];
  if (isPlan(clause) || isChange(clause)) return [{ agent: "planner", task: capitalised(oneLine(clause)) }];
  const things = comparedThings(clause);
  if (things) return things.map(knowledge);
  const asked = questionIn(clause);
  return asked === null ? null : [knowledge(withSubject(asked, before))];
}

const knowledge = (task: string): Wish => ({ agent: "knowledge", task: oneLine(task) });

function browser(address: string, clause: string, count: number): Wish {
  if (count === 1 && oneLine(clause) !== address) return { agent: "browser", task: capitalised(oneLine(clause)) };
  const rest = withoutAddresses(clause)
    .replace(/(?:^|\s)(?:open|visit|read|fetch|compare|and|with|vs|,)(?=\s|$)/gi, " ")
    .trim();
  return {
    agent: "browser",
    task: oneLine(rest ? `Open ${address} and read it for this: ${rest}` : `Open ${address}`),
  };
}

/** "Ask the review agent to look at X", "use code: do X". */
function forNamedAgent(clause: string): Wish | null {
  const match =
    /^(?:ask|use|let|have|tell|delegate to|hand to)\s+(?:the\s+|an?\s+)?(\w+)(?:\s+agent)?(?:\s+(?:to|for)\s+|\s*:\s*|\s+)(.{3,})$/i.exec(
      clause,
    );
  const agent = agentTypes.find((type) => type === match?.[1]?.toLowerCase());
  const task = match?.[2];
  const certain = /\bagent\b|:/i.test(clause);
  return agent && task && certain ? { agent, task: oneLine(task) } : null;
}

const planNoun = "(?:plan|roadmap|road map|checklist|strategy|step[- ]by[- ]step guide|steps)";
const planPatterns = [
  new RegExp(
    `^(?:write|make|draft|create|give|draw|prepare|produce|outline|suggest|propose|develop|work out|come up with|put together|list|design|set up|need|want|show)\\b(?:(?!\\bhow\\b).){0,60}?\\b${planNoun}\\b`,
    "i",
  ),
  new RegExp(`^(?:an?\\s|the\\s)?(?:[\\w-]+\\s){0,2}${planNoun}\\s+(?:for|to)\\b`, "i"),
  /^plan\s+(?!is\b|are\b|and\b)\S+/i,
  /\bwhat\s+(?:steps|plan)\s+(?:should|do|must|can|would)\s+(?:i|we|you)\b/i,
  /\bwhat\s+would\s+be\s+an?\s+(?:[\w-]+\s){0,2}plan\b/i,
  /\bhow\s+(?:should|would|do|can)\s+(?:i|we|you)\s+(?:plan|approach|go about)\b/i,
];

function isPlan(clause: string): boolean {
  return planPatterns.some((pattern) => pattern.test(clause));
}

/** Work on a program: without an agent that changes code, a plan is the honest beginning of it. */
function isChange(clause: string): boolean {
  return /^(?:fix|implement|add|refactor|migrate|upgrade|build|port|rewrite|introduce|integrate|deploy|replace)\s+\S+/i.test(
    clause,
  );
}

const lookUp =
  /^(?:research|find out|find|look up|look into|look for|investigate|explain|tell me about|tell me|describe|show me|show|summari[sz]e|search for|search|check|read about|read up on|study|explore|learn about|list|name|define|give me|answer|discuss|analy[sz]e|review|report on|know)\b[\s:]*(?:about\s+)?/i;
const questionWord =
  /^(?:and\s+|but\s+|so\s+|also\s+)?(?:how|what|why|when|where|which|who|whom|whose|is|are|was|were|does|do|did|can|could|should|would|will|may|must|has|have)\b/i;

/** What is asked, without the words that only say that it is asked; null for a statement. */
function questionIn(clause: string): string | null {
  const topic = clause.replace(lookUp, "").trim();
  if (topic !== clause && topic !== "") return topic;
  return questionWord.test(clause) || clause.endsWith("?") ? clause : null;
}

function unique(wishes: readonly Wish[]): Wish[] {
  const key = ({ agent, task }: Wish) => `${agent} ${task.toLowerCase()}`;
  return wishes.filter((wish, at) => wishes.findIndex((other) => key(other) === key(wish)) === at);
}
