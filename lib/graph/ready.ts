import type { Priority } from "#/lib/protocol/action.ts";
import type { Condition } from "#/lib/protocol/orchestration.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";

/** A task as the graph sees it; edges lead to tasks of the same graph, and form no cycle. */
export type Node = {
  readonly id: string;
  readonly agent: string;
  readonly status: TaskStatus;
  /** True once a worker may claim it. */
  readonly dispatched: boolean;
  /** Whether its failure keeps those that depend on it from running. */
  readonly strict: boolean;
  readonly dependsOn: readonly string[];
  /** Absent: normal. */
  readonly priority?: Priority;
  /**
   * On which end of what it depends on it starts: `completed`, all of it; `failed`, something of it was lost; `settled`,
   * whatever became of it. Absent: unless something strict of it was lost.
   */
  readonly condition?: Condition | null;
  /** True when something that it depends on, and that matters to it, is known to be lost and not of this graph any more. */
  readonly hasLost?: boolean;
};

export type Next = {
  /** May start now: those of higher priority first, of equals those that were created first. */
  readonly dispatch: readonly string[];
  /** Never can start: because of `because`, which failed or was cancelled, or, with null, because nothing failed. */
  readonly cancel: readonly { readonly id: string; readonly because: string | null }[];
};

const isOpen = (status: TaskStatus) => status === "pending" || status === "in_progress" || status === "waiting";

/**
 * What follows from the state of a graph: which tasks may start, at most `liveLimit` of each agent at once, and which
 * never will. A task that waits for tasks of its own holds no place among the live ones. A task that is ruled out counts as
 * cancelled for those behind it, so one call finds the whole chain, as long as tasks stand behind what they depend on.
 *
 * `held` are tasks about which somebody is asked: they are neither ruled out nor started, and those behind them wait.
 */
export function nextOf(nodes: readonly Node[], liveLimit: number, held: ReadonlySet<string> = new Set()): Next {
  const statusOf = new Map(nodes.map((node) => [node.id, node.status]));
  const strict = new Set(nodes.filter((node) => node.strict).map((node) => node.id));
  const live = new Map<string, number>();
  for (const node of nodes) if (isLive(node)) count(live, node.agent);

  const open = nodes.filter((node) => node.status === "pending" && !node.dispatched && !held.has(node.id));
  const cancel = ruledOut(open, statusOf, strict);
  const dispatch: string[] = [];
  for (const node of open.toSorted(byPriority)) {
    if (statusOf.get(node.id) !== "pending" || !node.dependsOn.every((id) => isSettled(statusOf.get(id)))) continue;
    if ((live.get(node.agent) ?? 0) >= liveLimit) continue;
    dispatch.push(node.id);
    count(live, node.agent);
  }
  return { dispatch, cancel };
}

/** Looks again while something was ruled out: after a change of plan a task may stand before those that it depends on. */
function ruledOut(open: readonly Node[], statusOf: Map<string, TaskStatus>, strict: ReadonlySet<string>) {
  const cancel: { id: string; because: string | null }[] = [];
  for (let before = -1; before < cancel.length; ) {
    before = cancel.length;
    for (const node of open) {
      const because = statusOf.get(node.id) === "pending" ? ruledOutBy(node, statusOf, strict) : undefined;
      if (because === undefined) continue;
      cancel.push({ id: node.id, because });
      statusOf.set(node.id, "cancelled");
    }
  }
  return cancel;
}

/** The task because of which it never can start; null when there is nothing for it to do; undefined when it still may. */
function ruledOutBy(
  node: Node,
  statusOf: ReadonlyMap<string, TaskStatus>,
  strict: ReadonlySet<string>,
): string | null | undefined {
  const lost = node.dependsOn.filter((id) => isLost(statusOf.get(id)));
  switch (node.condition) {
    case "settled":
      return undefined;
    case "completed":
      return lost[0] ?? (node.hasLost ? null : undefined);
    case "failed": {
      const hasLost = node.hasLost === true || lost.length > 0;
      return hasLost || !node.dependsOn.every((id) => isSettled(statusOf.get(id))) ? undefined : null;
    }
    default:
      return lost.find((id) => strict.has(id)) ?? (node.hasLost ? null : undefined);
  }
}

export function hasOpen(nodes: readonly Pick<Node, "status">[]): boolean {
  return nodes.some((node) => isOpen(node.status));
}

function isLive({ status, dispatched }: Node): boolean {
  return dispatched && (status === "pending" || status === "in_progress");
}

const rank = { high: 0, normal: 1, low: 2 } as const;

function byPriority(left: Node, right: Node): number {
  return rank[left.priority ?? "normal"] - rank[right.priority ?? "normal"];
}

function isLost(status: TaskStatus | undefined): boolean {
  return status === "failed" || status === "cancelled";
}

/** A task that is not of this graph any more cannot be waited for. */
function isSettled(status: TaskStatus | undefined): boolean {
  return status === undefined || !isOpen(status);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
