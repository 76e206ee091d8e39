import fc from "fast-check";
import { type Node, nextOf } from "#/lib/graph/ready.ts";
import type { Condition } from "#/lib/protocol/orchestration.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import { seeded } from "#/test/faults/random.ts";

/** A task, and what becomes of it once somebody runs it. */
export type Planned = {
  readonly id: string;
  readonly agent: string;
  readonly strict: boolean;
  readonly condition: Condition | undefined;
  readonly dependsOn: readonly string[];
  readonly fails: boolean;
  /** It waits for tasks of its own before it settles. */
  readonly isGroup: boolean;
};

const shape = fc.record({
  agent: fc.constantFrom("knowledge", "planner", "browser"),
  strict: fc.boolean(),
  condition: fc.constantFrom(undefined, undefined, undefined, "completed", "failed", "settled" as const),
  fails: fc.constantFrom(true, false, false),
  isGroup: fc.constantFrom(true, false, false, false),
  before: fc.array(fc.nat(499), { maxLength: 4 }),
});

/** Graphs of 1 to `most` tasks, each behind those it depends on: chains, fans, diamonds and anything between. */
export function graphs(most: number): fc.Arbitrary<Planned[]> {
  return fc.array(shape, { minLength: 1, maxLength: most, size: "max" }).map((shapes) =>
    shapes.map(({ before, ...given }, at) => ({
      ...given,
      id: `n${at}`,
      dependsOn: at === 0 ? [] : [...new Set(before.map((other) => `n${other % at}`))],
    })),
  );
}

/** How each task must end, whatever the order of events: the rules in the words of the specification. */
export function outcomesOf(graph: readonly Planned[]): Map<string, TaskStatus> {
  const outcomes = new Map<string, TaskStatus>();
  const strict = new Set(graph.filter((task) => task.strict).map(({ id }) => id));
  for (const task of graph) {
    const lost = task.dependsOn.filter((id) => outcomes.get(id) !== "completed");
    const runs = {
      completed: lost.length === 0,
      failed: lost.length > 0,
      settled: true,
      usual: !lost.some((id) => strict.has(id)),
    }[task.condition ?? "usual"];
    outcomes.set(task.id, runs ? (task.fails ? "failed" : "completed") : "cancelled");
  }
  return outcomes;
}

export function asCreated(graph: readonly Planned[]): Node[] {
  return graph.map(({ fails: _, isGroup: __, ...task }) => ({ ...task, status: "pending", dispatched: false }));
}

export const isSettled = ({ status }: Pick<Node, "status">) =>
  status === "completed" || status === "failed" || status === "cancelled";
export const isLive = (node: Node) => node.dispatched && (node.status === "pending" || node.status === "in_progress");

/** What the executor lets others see of each of its steps. */
export type Watch = {
  /** Before and after what `nextOf` said was done. */
  moved?(before: readonly Node[], after: readonly Node[], dispatched: readonly string[]): void;
  settled?(id: string, status: TaskStatus): void;
};

/**
 * Runs a graph to its end as workers would: whatever `nextOf` says is done, then any live task takes its next step, chosen by
 * `seed`. Throws when nothing can move and something is still open. Returns the nodes in their last state.
 */
export function simulate(
  graph: readonly Planned[],
  from: readonly Node[],
  liveLimit: number,
  seed: number,
  watch: Watch = {},
): Node[] {
  const planned = new Map(graph.map((task) => [task.id, task]));
  const woken = new Set<string>();
  const chance = seeded(seed).next;
  let nodes = [...from];
  const change = (id: string, status: TaskStatus, dispatched: boolean) => {
    nodes = nodes.map((node) => (node.id === id ? { ...node, status, dispatched } : node));
    if (isSettled({ status })) watch.settled?.(id, status);
  };
  for (;;) {
    const before = nodes;
    const { dispatch, cancel } = nextOf(nodes, liveLimit);
    for (const { id } of cancel) change(id, "cancelled", false);
    for (const id of dispatch) change(id, "pending", true);
    watch.moved?.(before, nodes, dispatch);
    const movable = nodes.filter((node) => isLive(node) || node.status === "waiting");
    if (movable.length === 0 && dispatch.length === 0 && cancel.length === 0) break;
    for (const node of movable.filter((_, at) => at === 0 || chance() < 0.3).slice(0, 20)) {
      const task = planned.get(node.id);
      if (task === undefined) throw new Error(`${node.id} is not of the graph`);
      if (node.status === "pending") change(node.id, "in_progress", true);
      else if (node.status === "waiting") {
        woken.add(node.id);
        change(node.id, "pending", true);
      } else if (task.isGroup && !woken.has(node.id)) change(node.id, "waiting", true);
      else change(node.id, task.fails ? "failed" : "completed", true);
    }
  }
  const open = nodes.filter((node) => !isSettled(node));
  if (open.length > 0) throw new Error(`deadlock: ${open.map(({ id }) => id).join(", ")} wait for ever`);
  return nodes;
}
