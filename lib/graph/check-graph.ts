export type GraphNode = { readonly ref: string; readonly dependsOn: readonly string[] };

export type GraphFault = {
  readonly kind: "duplicate" | "unknown" | "cycle";
  /** The node that has to be changed; of a cycle, the one that was written first. */
  readonly ref: string;
  readonly message: string;
  /** Of a cycle: each waits for the next one, and the first stands again at the end. */
  readonly path?: readonly string[];
};

const shownAtEachEnd = 10;

/**
 * Every reference that is used twice or is not there, and the cycles: of those that share a node one, so that another may show
 * once it is broken; none is found only where there is none. Dependencies may be written behind what depends on them. Time
 * and memory grow with the number of edges.
 */
export function faultsOf(nodes: readonly GraphNode[]): GraphFault[] {
  const { cycles } = walk(nodes);
  return [...duplicates(nodes), ...unknown(nodes), ...cycles.map(cycleFault)];
}

/**
 * Each node behind those it depends on, otherwise as written: a node that is needed earlier moves in front of the first one
 * that needs it. Only for a graph without faults; throws an Error when there is a cycle.
 */
export function inOrder<N extends GraphNode>(nodes: readonly N[]): N[] {
  const { order, cycles } = walk(nodes);
  const [cycle] = cycles;
  if (cycle) throw new Error(`a graph with a cycle has no order: ${cycle.join(" -> ")}`);
  return order;
}

function duplicates(nodes: readonly GraphNode[]): GraphFault[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { ref } of nodes) (seen.has(ref) ? twice : seen).add(ref);
  return [...twice].map((ref) => ({ kind: "duplicate", ref, message: `The reference ${ref} is used twice.` }));
}

function unknown(nodes: readonly GraphNode[]): GraphFault[] {
  const known = new Set(nodes.map(({ ref }) => ref));
  return nodes.flatMap(({ ref, dependsOn }) =>
    [...new Set(dependsOn)]
      .filter((other) => !known.has(other))
      .map((other) => ({ kind: "unknown", ref, message: `${ref} depends on ${other}, which is not there.` }) as const),
  );
}

function cycleFault(path: readonly string[]): GraphFault {
  const [ref = ""] = path;
  const message =
    path.length === 2 ? `${ref} depends on itself.` : `These wait for each other in a circle: ${shown(path)}.`;
  return { kind: "cycle", ref, message, path };
}

/** The whole of what a person can follow; of a longer path both ends. */
function shown(path: readonly string[]): string {
  const left = path.length - 2 * shownAtEachEnd;
  if (left <= 1) return path.join(" -> ");
  return [...path.slice(0, shownAtEachEnd), `(${left} more)`, ...path.slice(-shownAtEachEnd)].join(" -> ");
}

/**
 * Depth first, without recursion. A node is ordered when all that it depends on is; what forms a cycle is taken out of the
 * walk as a whole, so each node is looked at once.
 */
function walk<N extends GraphNode>(nodes: readonly N[]): { order: N[]; cycles: string[][] } {
  const byRef = new Map(nodes.toReversed().map((node) => [node.ref, node]));
  const begun = new Set<string>();
  const order: N[] = [];
  const cycles: string[][] = [];
  const path = createPath<N>();
  const enter = (node: N | undefined) => {
    if (node === undefined || begun.has(node.ref)) return;
    begun.add(node.ref);
    path.enter(node);
  };
  for (const node of nodes) {
    enter(node);
    for (let step = path.last(); step; step = path.last()) {
      const ref = step.node.dependsOn[step.edge];
      step.edge += 1;
      if (ref === undefined) order.push(...path.leave(step.node.ref));
      else if (path.holds(ref)) cycles.push(path.leave(ref).map((left) => left.ref));
      else enter(byRef.get(ref));
    }
  }
  const place = new Map(nodes.map(({ ref }, at) => [ref, at]));
  return { order, cycles: cycles.map((refs) => closed(refs, place)) };
}

/** The nodes that lead to the one that is looked at; `edge` is the next of its edges to be looked at. */
function createPath<N extends GraphNode>() {
  const steps: { readonly node: N; edge: number }[] = [];
  const places = new Map<string, number>();
  return {
    last: () => steps.at(-1),
    holds: (ref: string) => places.has(ref),
    enter: (node: N) => places.set(node.ref, steps.push({ node, edge: 0 }) - 1),
    /** Takes this node and all behind it off the path. */
    leave(ref: string): N[] {
      const left = steps.splice(places.get(ref) ?? 0).map(({ node }) => node);
      for (const node of left) places.delete(node.ref);
      return left;
    },
  };
}

/** Begun with the one that was written first, and closed with it. */
function closed(refs: readonly string[], place: ReadonlyMap<string, number>): string[] {
  const places = refs.map((ref) => place.get(ref) ?? 0);
  const first = places.indexOf(places.reduce((least, at) => Math.min(least, at)));
  return [...refs.slice(first), ...refs.slice(0, first), ...refs.slice(first, first + 1)];
}
