import { count } from "#/app/_ui/words.ts";
import type { Mode } from "#/lib/protocol/action.ts";
import type { PartOf } from "#/lib/protocol/orchestration.ts";

/** What of a task decides how the tasks of a run relate. */
export type Relation = {
  readonly ref: string;
  readonly agent: string;
  readonly mode: Mode;
  readonly dependsOn: readonly string[];
  readonly voters?: number | undefined;
  /** Set for a task that belongs to the one with the reference before its last dot. */
  readonly part?: PartOf | undefined;
};

export type PatternKind = "chain" | "parallel" | "graph" | "tree" | "vote" | "auction";

/** `name`: what a person calls it, such as `A chain of 3`. */
export type Pattern = { readonly kind: PatternKind; readonly name: string };

/** What the tasks make together; null for a single one that has no parts. */
export function patternOf(tasks: readonly Relation[]): Pattern | null {
  const tops = tasks.filter((task) => task.part === undefined);
  const [first] = tops;
  if (first === undefined) return null;
  if (tops.length === 1) return groupPattern(first, tasks);
  const inner = tops.flatMap((task) => innerDependencies(task, tops).map((dependency) => [dependency, task.ref]));
  if (inner.length === 0) return { kind: "parallel", name: `${tops.length} in parallel` };
  const onceEach = (end: 0 | 1) => new Set(inner.map((edge) => edge[end])).size === inner.length;
  const isChain = inner.length === tops.length - 1 && onceEach(0) && onceEach(1);
  return isChain
    ? { kind: "chain", name: `A chain of ${tops.length}` }
    : { kind: "graph", name: `A graph of ${tops.length}` };
}

/** What a task and its parts make together; null for one that has none, and is none that will have some. */
export function groupPattern(task: Relation, tasks: readonly Relation[]): Pattern | null {
  const below = tasks.filter((other) => other.part !== undefined && other.ref.startsWith(`${task.ref}.`));
  switch (task.mode) {
    case "consensus":
      return { kind: "vote", name: `A vote of ${below.filter(isA("vote")).length || (task.voters ?? 3)}` };
    case "market": {
      const bidders = new Set(below.filter(isA("bid")).map(({ agent }) => agent)).size;
      return { kind: "auction", name: bidders === 0 ? "An auction" : `An auction with ${count(bidders, "bidder")}` };
    }
    default:
      return below.length === 0 ? null : { kind: "tree", name: `A tree: ${levelSizes(task, below).join(" over ")}` };
  }
}

/** References of the tasks that a task runs after, of those that are given. */
export function innerDependencies(task: Relation, tasks: readonly Relation[]): string[] {
  const known = new Set(tasks.map(({ ref }) => ref));
  return [...new Set(task.dependsOn)].filter((ref) => known.has(ref) && ref !== task.ref);
}

function isA(kind: PartOf["kind"]) {
  return ({ part }: Relation) => part?.kind === kind;
}

/** How many tasks stand on each level: 1, then those that it gave away, then those that these gave away. */
function levelSizes(task: Relation, below: readonly Relation[]): number[] {
  const levelOf = (ref: string) => ref.split(".").length;
  const top = levelOf(task.ref);
  const sizes = [1];
  for (const { ref } of below) sizes[levelOf(ref) - top] = (sizes[levelOf(ref) - top] ?? 0) + 1;
  return sizes.filter((size) => size > 0);
}
