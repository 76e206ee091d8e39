import { z } from "zod";
import { readTerms } from "#/lib/graph/auction.ts";
import { complexityOf, tierOf } from "#/lib/graph/complexity.ts";
import { estimateTask } from "#/lib/graph/estimate.ts";
import { noSuitableAgent, route } from "#/lib/graph/route.ts";
import type { DelegateAction } from "#/lib/protocol/action.ts";
import { AgentName } from "#/lib/protocol/agent.ts";
import type { AgentChoice, Estimate } from "#/lib/protocol/orchestration.ts";
import type { Author, Failure, TaskSpec } from "#/lib/protocol/task.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import { type Fault, faultsIn } from "#/lib/run/schema-faults.ts";

/** A task in the words of its delegation: who does it may still have to be found. */
export type TaskWords = Omit<TaskSpec, "agent"> & { readonly agent: AgentChoice | AgentName };

export type Prepared = {
  readonly spec: TaskSpec;
  /** Why it cannot be run: it is created as failed, and says so. */
  readonly problem: Failure | null;
};

/**
 * Decides what a delegation left open, by rules alone: who does it, how hard it is, what it is expected to take. What was
 * decided, and why, becomes part of the task's words. `registered`: the types that somebody has registered, read together with
 * the change that creates the task.
 */
export function prepareTask(
  words: TaskWords,
  registry: readonly RegisteredAgent[],
  registered: ReadonlySet<string>,
): Prepared {
  const routed = routedSpec(words, registry);
  if (routed === null) {
    const message = noSuitableAgent({ choice: words.agent as AgentChoice, task: words.task }, registry);
    return { spec: { ...words, agent: "main" }, problem: { code: "no-suitable-agent", message } };
  }
  const known = registry.find(({ type }) => type === routed.agent);
  // Votes, bids and awards are as hard as their group.
  const isWithGroup = routed.part !== undefined && routed.part.kind !== "subtask";
  const spec = withAgent(isWithGroup ? routed : weighed(routed, known), known);
  return { spec, problem: problemOf(spec, known, registered) };
}

/** The words of an accepted DELEGATE; `dependsOn` with what its MODE implies. */
export function wordsOf(action: DelegateAction, author: Author, dependsOn: readonly string[]): TaskWords {
  const { id, agentType, task, mode, priority, strict } = action;
  const { complexity, timeoutMs, input, aggregate, voters, minAgreement } = action;
  return {
    ref: id,
    agent: agentType,
    task,
    author,
    mode,
    priority,
    strict,
    dependsOn: [...dependsOn],
    ...(complexity !== undefined && { complexity }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(input !== undefined && { input }),
    ...(aggregate !== undefined && { aggregate }),
    ...(voters !== undefined && { voters }),
    ...(minAgreement !== undefined && { minAgreement }),
  };
}

/** What a delegation is expected to take, before it is accepted. */
export function estimateOf(action: DelegateAction, registry: readonly RegisteredAgent[]): Estimate {
  const routed = routedSpec(wordsOf(action, "main", action.dependsOn), registry);
  const known = registry.find(({ type }) => type === routed?.agent);
  return (routed && weighed(routed, known).estimate) ?? { seconds: 0, costUsd: 0 };
}

/** Null when nobody suits. */
function routedSpec(words: TaskWords, registry: readonly RegisteredAgent[]): TaskSpec | null {
  const { agent: choice, ...rest } = words;
  const named = AgentName.safeParse(choice);
  if (named.success) return { ...rest, agent: named.data };
  const open = choice as AgentChoice;
  const { agent, scores } = route(
    { choice: open, task: words.task, ...(words.input && { input: words.input }) },
    registry,
  );
  return agent === null ? null : { ...rest, agent, routing: { choice: open, scores } };
}

/** With a complexity, and with what follows from it: hard work goes first, and every task says what it is expected to take. */
function weighed(spec: TaskSpec, agent: RegisteredAgent | undefined): TaskSpec {
  const { task, mode, dependsOn, input } = spec;
  const more = { dependencies: dependsOn.length, hasInput: input !== undefined, mode };
  const scored = spec.complexity === undefined ? complexityOf(task, more) : { score: spec.complexity, reasons: [] };
  const { priority } = tierOf(scored.score);
  const estimate = estimateTask(agent, scored.score);
  const calls = spec.mode === "consensus" ? (spec.voters ?? 1) : 1;
  return {
    ...spec,
    complexity: scored.score,
    priority: priority !== null && spec.priority === "normal" ? priority : spec.priority,
    estimate: {
      ...estimate,
      costUsd: estimate.costUsd * calls,
      ...(scored.reasons.length > 0 && { reasons: scored.reasons }),
    },
  };
}

/** With what is kept of the agent: the results of its tasks are ranked by it when they contradict others. */
function withAgent({ agentPriority: _, ...spec }: TaskSpec, agent: RegisteredAgent | undefined): TaskSpec {
  return agent === undefined || spec.part !== undefined ? spec : { ...spec, agentPriority: agent.priority };
}

function problemOf(
  spec: TaskSpec,
  agent: RegisteredAgent | undefined,
  registered: ReadonlySet<string>,
): Failure | null {
  if (!registered.has(spec.agent)) {
    return { code: "agent-not-registered", message: `Agent ${spec.agent} not registered` };
  }
  const message = badInput(spec, agent);
  return message === null ? null : { code: "bad-input", message };
}

/** What the agent that is to do it does not take in its INPUT, at `input`; nothing where its schema is not known. */
export function inputFaults(words: TaskWords, registry: readonly RegisteredAgent[]): Fault[] {
  const routed = routedSpec(words, registry);
  const agent = registry.find(({ type }) => type === routed?.agent);
  if (routed === null || agent === undefined) return [];
  const whose = `This is for the ${agent.type} agent, task ${words.ref}; \`GET /api/agents\` shows what it takes.`;
  return faultsOfInput(routed, agent).map(({ path, message }) => ({ path, message: `${message} ${whose}` }));
}

/** Why an agent does not take the INPUT of a delegation, or null. */
export function inputFaultOf(action: DelegateAction, registry: readonly RegisteredAgent[]): string | null {
  const routed = routedSpec(wordsOf(action, "main", action.dependsOn), registry);
  const agent = registry.find(({ type }) => type === routed?.agent);
  return routed && badInput(routed, agent);
}

function badInput(spec: TaskSpec, agent: RegisteredAgent | undefined): string | null {
  const terms = spec.mode === "market" ? readTerms(spec.input) : null;
  if (terms !== null && "fault" in terms) return `${terms.fault}.`;
  const faults = faultsOfInput(spec, agent).map(
    ({ path, message }) => `${path.replace(/^input/, "INPUT")}: ${message}`,
  );
  if (faults.length === 0) return null;
  return `The ${spec.agent} agent does not take this INPUT. ${faults.join(" ")} \`GET /api/agents\` shows its schema.`;
}

/** The terms of an auction are not the agent's. */
function faultsOfInput({ mode, input = {} }: TaskSpec, agent: RegisteredAgent | undefined): Fault[] {
  const schema = agent?.card.inputSchema;
  if (schema === undefined) return [];
  const { market: _terms, ...others } = input;
  const given = mode === "market" ? others : input;
  const { error } = readerOf(schema).safeParse(given);
  return error === undefined ? [] : faultsIn(error, given, "input");
}

const readers = new WeakMap<object, z.ZodType>();

function readerOf(schema: Record<string, unknown>): z.ZodType {
  const known = readers.get(schema);
  if (known !== undefined) return known;
  const reader = z.fromJSONSchema(schema);
  readers.set(schema, reader);
  return reader;
}
