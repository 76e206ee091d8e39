import { inOrder } from "#/lib/graph/check-graph.ts";
import { tierOf } from "#/lib/graph/complexity.ts";
import type { Capability, Tier } from "#/lib/protocol/agent.ts";
import type { Estimate } from "#/lib/protocol/orchestration.ts";

/** What is known of an agent's time and money. */
export type Estimable = {
  readonly capabilities: readonly Capability[];
  readonly record: { readonly completed: number; readonly meanSeconds: number | null };
};

/** Fewer completed tasks say too little of the next one. */
const enoughTasks = 5;
/** What a capability's own estimate is meant for: twice the complexity takes twice as long. */
const usualComplexity = 4;
/** Where neither the record nor the agent says anything. */
const usual: Readonly<Record<Tier, Estimate>> = {
  fast: { seconds: 10, costUsd: 0.001 },
  standard: { seconds: 30, costUsd: 0.01 },
  large: { seconds: 60, costUsd: 0.05 },
  expert: { seconds: 200, costUsd: 0.25 },
};

/**
 * What a task of this complexity, 1 to 10, is expected to take. Time: the mean of what the agent has completed, once that is
 * at least 5 tasks; else the estimate of its main capability (the first that has one), by complexity; else what is usual for
 * the model that the complexity calls for. Money: the same without the record, which holds no prices. Throws RangeError for
 * another complexity.
 */
export function estimateTask(agent: Estimable | undefined, complexity: number): Estimate {
  const { tier } = tierOf(complexity);
  const share = complexity / usualComplexity;
  const seconds = agent?.capabilities.find(({ estimatedSeconds }) => estimatedSeconds !== undefined)?.estimatedSeconds;
  const costUsd = agent?.capabilities.find(({ estimatedCostUsd }) => estimatedCostUsd !== undefined)?.estimatedCostUsd;
  return {
    seconds: rounded(recordedSeconds(agent) ?? (seconds === undefined ? usual[tier].seconds : seconds * share), 10),
    costUsd: rounded(costUsd === undefined ? usual[tier].costUsd : costUsd * share, millionths),
  };
}

function recordedSeconds(agent: Estimable | undefined): number | null {
  return agent && agent.record.completed >= enoughTasks ? agent.record.meanSeconds : null;
}

export type EstimatedNode = {
  readonly ref: string;
  readonly seconds: number;
  readonly costUsd: number;
  readonly dependsOn: readonly string[];
  readonly agent: string;
};

export type GraphEstimate = {
  /** From the start of the first to the end of the last one. */
  seconds: number;
  /** Of all together. */
  costUsd: number;
  /** References of the longest chain, in its order: the time that no number of workers makes shorter. */
  path: string[];
};

/**
 * What a whole graph is expected to take when tasks start as `nextOf` lets them: as soon as all that they depend on has
 * ended, in the order given, at most `liveLimit` of each agent at once. Dependencies on what is not there count as settled.
 * Only for a graph without faults; throws an Error when there is a cycle.
 */
export function estimateGraph(nodes: readonly EstimatedNode[], liveLimit: number): GraphEstimate {
  return {
    seconds: rounded(makespan(nodes, liveLimit), 1_000),
    costUsd: rounded(
      nodes.reduce((sum, { costUsd }) => sum + costUsd, 0),
      millionths,
    ),
    path: longestPath(nodes).path,
  };
}

export type TimedNode = Pick<EstimatedNode, "ref" | "seconds" | "dependsOn">;

/** The longest chain of a graph, and what its tasks take together, however many workers there are. Throws as `estimateGraph`. */
export function longestPath(nodes: readonly TimedNode[]): Pick<GraphEstimate, "seconds" | "path"> {
  const path = longestChain(inOrder(nodes));
  const secondsOf = new Map(nodes.map(({ ref, seconds }) => [ref, seconds]));
  const seconds = path.reduce((sum, ref) => sum + (secondsOf.get(ref) ?? 0), 0);
  return { seconds: rounded(seconds, 1_000), path };
}

/** List scheduling: whatever ends at one moment ends together, then all that may start does. */
function makespan(nodes: readonly EstimatedNode[], liveLimit: number): number {
  const known = new Set(nodes.map(({ ref }) => ref));
  const open = nodes.map(({ dependsOn }) => new Set(dependsOn.filter((ref) => known.has(ref))).size);
  const behind = successorsOf(nodes);
  const desks = new Map(nodes.map(({ agent }) => [agent, createDesk(liveLimit)]));
  const ready = (at: number) => desks.get(nodes[at]?.agent ?? "")?.wait(at);
  for (const [at, left] of open.entries()) if (left === 0) ready(at);
  let clock = 0;
  let running: { at: number; endsAt: number }[] = [];
  for (;;) {
    for (const desk of desks.values()) {
      for (const at of desk.start()) running.push({ at, endsAt: clock + (nodes[at]?.seconds ?? 0) });
    }
    if (running.length === 0) return clock;
    clock = running.reduce((first, { endsAt }) => Math.min(first, endsAt), Number.POSITIVE_INFINITY);
    const ended = running.filter(({ endsAt }) => endsAt <= clock);
    running = running.filter(({ endsAt }) => endsAt > clock);
    for (const { at } of ended) {
      desks.get(nodes[at]?.agent ?? "")?.end();
      for (const next of behind.get(nodes[at]?.ref ?? "") ?? []) {
        open[next] = (open[next] ?? 0) - 1;
        if (open[next] === 0) ready(next);
      }
    }
  }
}

/** Places of the nodes that depend on each reference. */
function successorsOf(nodes: readonly EstimatedNode[]): Map<string, number[]> {
  const behind = new Map<string, number[]>(nodes.map(({ ref }) => [ref, []]));
  for (const [at, { dependsOn }] of nodes.entries()) for (const ref of new Set(dependsOn)) behind.get(ref)?.push(at);
  return behind;
}

/** One agent: who waits for it, the first written first, and how many more it may take. */
function createDesk(liveLimit: number) {
  let waiting: number[] = [];
  let live = 0;
  return {
    wait: (at: number) => waiting.push(at),
    start(): number[] {
      const free = liveLimit - live;
      if (free <= 0 || waiting.length === 0) return [];
      const started = waiting.sort((a, b) => a - b).slice(0, free);
      waiting = waiting.slice(free);
      live += started.length;
      return started;
    },
    end: () => {
      live -= 1;
    },
  };
}

/** Of nodes in order: each chain as long as its nodes together, and the longest of all, the first one of equals. */
function longestChain(ordered: readonly TimedNode[]): string[] {
  const chains = new Map<string, { seconds: number; before: string | undefined }>();
  let last: string | undefined;
  const lengthOf = (ref: string | undefined) => (ref === undefined ? 0 : (chains.get(ref)?.seconds ?? 0));
  for (const { ref, seconds, dependsOn } of ordered) {
    const before = longestOf(
      dependsOn.filter((other) => chains.has(other)),
      lengthOf,
    );
    chains.set(ref, { seconds: lengthOf(before) + seconds, before });
    if (last === undefined || lengthOf(ref) > lengthOf(last)) last = ref;
  }
  const path: string[] = [];
  for (let ref = last; ref !== undefined; ref = chains.get(ref)?.before) path.push(ref);
  return path.reverse();
}

function longestOf(refs: readonly string[], lengthOf: (ref: string) => number): string | undefined {
  return refs.reduce<string | undefined>(
    (longest, ref) => (longest === undefined || lengthOf(ref) > lengthOf(longest) ? ref : longest),
    undefined,
  );
}

/** Of a dollar: smaller sums are noise of the addition. */
const millionths = 1_000_000;

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
