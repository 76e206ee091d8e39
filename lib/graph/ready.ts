import type { TaskStatus } from "#/lib/protocol/task.ts";

/** A task as the graph sees it; edges lead to tasks of the same graph that were accepted before, so there is no cycle. */
export type Node = {
  readonly id: string;
  readonly agent: string;
  readonly status: TaskStatus;
  /** True once a worker may claim it. */
  readonly dispatched: boolean;
  /** Whether its failure keeps those that depend on it from running. */
  readonly strict: boolean;
  readonly dependsOn: readonly string[];
};

export type Next = {
  /** May start now, in the order in which they were created. */
  readonly dispatch: readonly string[];
  /** Never can start, because of `because`, which failed or was cancelled and was strict. */
  readonly cancel: readonly { readonly id: string; readonly because: string }[];
};

const isOpen = (status: TaskStatus) => status === "pending" || status === "in_progress" || status === "waiting";

/**
 * What follows from the state of a graph: which tasks may start, at most `liveLimit` of each agent at once, and which
 * never will. A task that another one's strict failure has ruled out counts as cancelled for those behind it, so one call
 * finds the whole chain.
 */
export function nextOf(nodes: readonly Node[], liveLimit: number): Next {
  const statusOf = new Map(nodes.map((node) => [node.id, node.status]));
  const strict = new Set(nodes.filter((node) => node.strict).map((node) => node.id));
  const live = new Map<string, number>();
  for (const node of nodes) if (isOpen(node.status) && node.dispatched) count(live, node.agent);

  const dispatch: string[] = [];
  const cancel: { id: string; because: string }[] = [];
  for (const node of nodes) {
    if (node.status !== "pending" || node.dispatched) continue;
    const because = node.dependsOn.find((id) => strict.has(id) && isLost(statusOf.get(id)));
    if (because !== undefined) {
      cancel.push({ id: node.id, because });
      statusOf.set(node.id, "cancelled");
    } else if (node.dependsOn.every((id) => isSettled(statusOf.get(id))) && (live.get(node.agent) ?? 0) < liveLimit) {
      dispatch.push(node.id);
      count(live, node.agent);
    }
  }
  return { dispatch, cancel };
}

export function hasOpen(nodes: readonly Pick<Node, "status">[]): boolean {
  return nodes.some((node) => isOpen(node.status));
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
