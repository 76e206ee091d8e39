import { type Fit, fitsOf, hasCapability, wantedCapability } from "#/lib/graph/capability.ts";
import { complexityOf } from "#/lib/graph/complexity.ts";
import { estimateTask } from "#/lib/graph/estimate.ts";
import { signsOf } from "#/lib/graph/input-signs.ts";
import { contentStems } from "#/lib/graph/words.ts";
import { type AgentType, agentTypes, type Capability } from "#/lib/protocol/agent.ts";
import type { AgentChoice, AgentScore } from "#/lib/protocol/orchestration.ts";

/** An agent as the router sees it. */
export type Routable = {
  readonly type: AgentType;
  readonly capabilities: readonly Capability[];
  /** 0 to 100. */
  readonly priority: number;
  /** Tasks of it that were dispatched and have not settled. */
  readonly live: number;
  /** Processes that run it right now. */
  readonly workers: number;
  readonly record: { readonly completed: number; readonly failed: number; readonly meanSeconds: number | null };
};

export type Wish = {
  readonly choice: AgentChoice;
  readonly task: string;
  readonly input?: Readonly<Record<string, unknown>>;
};

/**
 * What counts how much; each part is 0 to 1, so a score is, too. An agent that does not suit the task at all scores 0, however
 * good it is otherwise, and one that no worker runs a tenth.
 */
const weights = { fit: 0.6, record: 0.15, priority: 0.1, load: 0.1, seconds: 0.03, cost: 0.02 } as const;
const withoutWorker = 0.1;

/** So many tasks, of which so many were completed, everybody is credited with: one failure ruins nobody. */
const credit = { tasks: 5, completed: 4 } as const;
/** What takes this long, or costs this much, scores half. */
const middle = { seconds: 60, costUsd: 0.05 } as const;

/**
 * Who does the task, and the scores of everybody who was looked at, best first; of equals the one with the higher priority,
 * then the earlier one of the catalogue. A named type is taken as it is. `agent` is null when nobody suits: `noSuitableAgent`
 * says it in words.
 */
export function route(
  { choice, task, input }: Wish,
  agents: readonly Routable[],
): { agent: AgentType | null; scores: AgentScore[] } {
  const named = agents.find(({ type }) => type === choice);
  if (named)
    return { agent: named.type, scores: [{ agent: named.type, score: 1, reasons: ["named by the delegation"] }] };
  const wanted = wantedCapability(choice);
  if (choice !== "any" && wanted === null) return { agent: null, scores: [] };
  const { score: complexity } = complexityOf(task);
  const ranked = (wanted === null ? fitsOf(agents, task, signsOf(input)) : ableTo(wanted, agents))
    .map(({ agent, fit }) => ({ agent, score: scoreOf(agent, fit, complexity) }))
    .sort(byScore);
  const [best] = ranked;
  return { agent: best && best.score.score > 0 ? best.agent.type : null, scores: ranked.map(({ score }) => score) };
}

function ableTo(wanted: string, agents: readonly Routable[]): { agent: Routable; fit: Fit }[] {
  const fit = { share: 1, reason: `has the capability ${wanted}` };
  return agents.filter((agent) => hasCapability(agent, wanted)).map((agent) => ({ agent, fit }));
}

type Ranked = { readonly agent: Routable; readonly score: AgentScore };

function byScore(a: Ranked, b: Ranked): number {
  return (
    b.score.score - a.score.score ||
    b.agent.priority - a.agent.priority ||
    agentTypes.indexOf(a.agent.type) - agentTypes.indexOf(b.agent.type)
  );
}

function scoreOf(agent: Routable, fit: Fit, complexity: number): AgentScore {
  if (fit.share === 0) return { agent: agent.type, score: 0, reasons: [fit.reason] };
  const { completed, failed } = agent.record;
  const { seconds, costUsd } = estimateTask(agent, complexity);
  const sum =
    weights.fit * fit.share +
    (weights.record * (completed + credit.completed)) / (completed + failed + credit.tasks) +
    (weights.priority * agent.priority) / 100 +
    weights.load / (1 + agent.live / Math.max(1, agent.workers)) +
    (weights.seconds * middle.seconds) / (middle.seconds + seconds) +
    (weights.cost * middle.costUsd) / (middle.costUsd + costUsd);
  const score = Math.round(sum * (agent.workers > 0 ? 1 : withoutWorker) * 1_000) / 1_000;
  return { agent: agent.type, score, reasons: [fit.reason, ...reasonsOf(agent, seconds, costUsd)] };
}

function reasonsOf(agent: Routable, seconds: number, costUsd: number): string[] {
  const { completed, failed } = agent.record;
  const record = completed + failed === 0 ? "no record yet" : `${completed} of ${completed + failed} tasks completed`;
  const load = agent.live === 0 ? "free" : `${agent.live} task${agent.live === 1 ? "" : "s"} under way with it`;
  const money = costUsd === 0 ? "no model costs" : `$${costUsd}`;
  const expected = `about ${seconds} s and ${money} expected`;
  const away = agent.workers === 0 ? ["no worker runs it now"] : [];
  return [...away, record, `priority ${agent.priority}`, load, expected];
}

/** Why nobody was found and what to write instead, in words for a person and for a model. */
export function noSuitableAgent({ choice, task }: Wish, agents: readonly Routable[]): string {
  if (agents.length === 0) return "No agent is registered: start a worker.";
  const offers = agents
    .map(({ type, capabilities }) => `${type} (${capabilities.map(({ name }) => name).join(", ")})`)
    .join(", ");
  const wanted = wantedCapability(choice);
  if (wanted !== null) {
    const near = nearestCapability(wanted, agents);
    const hint = near === undefined ? "" : ` The nearest is can:${near}.`;
    return `No agent has the capability ${wanted}.${hint} There are: ${offers}.`;
  }
  if (choice !== "any") return `Agent ${choice} is not registered. There are: ${offers}.`;
  const words = task.length > 80 ? `${task.slice(0, 80)}...` : task;
  return `No agent suits the task "${words}". Name one, or say what is to be done in words of what they can do. There are: ${offers}.`;
}

/** The name that shares a word, or else most pairs of letters, with what was asked for. */
function nearestCapability(wanted: string, agents: readonly Routable[]): string | undefined {
  const names = [...new Set(agents.flatMap(({ capabilities }) => capabilities.map(({ name }) => name)))];
  const words = contentStems(wanted);
  const ranked = names
    .map((name) => ({
      name,
      likeness: [...contentStems(name)].some((word) => words.has(word)) ? 1 : likenessOf(wanted, name),
    }))
    .sort((a, b) => b.likeness - a.likeness);
  const [best] = ranked;
  return best && best.likeness >= 0.4 ? best.name : undefined;
}

/** Pairs of neighbouring letters that both have, as a share of all. */
function likenessOf(one: string, other: string): number {
  const [a, b] = [pairsOf(one), pairsOf(other)];
  const common = [...a].filter((pair) => b.has(pair)).length;
  return a.size + b.size === 0 ? 0 : (2 * common) / (a.size + b.size);
}

function pairsOf(word: string): Set<string> {
  return new Set(Array.from({ length: Math.max(0, word.length - 1) }, (_, at) => word.slice(at, at + 2)));
}
