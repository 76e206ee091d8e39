import { longestPath, type TimedNode } from "#/lib/graph/estimate.ts";
import type { Action, DelegateAction, ReplanAction } from "#/lib/protocol/action.ts";

/** What is known of the time that the tasks accepted before this output still take. */
export type KnownTimes = {
  dependenciesOf?(id: string): readonly string[];
  /** Seconds that the task itself is expected to take, and 0 once it has settled. Absent: earlier tasks take no time. */
  openSecondsOf?(id: string): number;
};

/** Tasks that wait for one another, in their order, and what they take together. */
export type Chain = { readonly seconds: number; readonly path: readonly string[] };

/** The longest chain among these and all that they wait for. `nodeOf`: what they may wait for beside one another. */
export function chainTo(ends: readonly TimedNode[], nodeOf: (ref: string) => TimedNode | undefined): Chain {
  const found = new Map(ends.map((end) => [end.ref, end]));
  for (const { dependsOn } of found.values()) {
    for (const ref of dependsOn) {
      const node = found.has(ref) ? undefined : nodeOf(ref);
      if (node !== undefined) found.set(ref, node);
    }
  }
  const takesTime = new Set([...found.values()].filter((node) => node.seconds > 0).map(({ ref }) => ref));
  const { seconds, path } = longestPath([...found.values()]);
  return { seconds, path: path.filter((ref) => takesTime.has(ref)) };
}

/** How long the chains of a run's tasks get as the blocks of one output, each behind the other, add to them. */
export class PathOfOutput {
  readonly #known: KnownTimes;
  /** The tasks that this output has created or changed. */
  readonly #nodes = new Map<string, TimedNode>();
  #last: string | undefined;

  constructor(known: KnownTimes) {
    this.#known = known;
  }

  /** The longest chain that would end with this task. */
  pathTo(action: DelegateAction, seconds: number): Chain {
    return this.#chainTo(this.#nodeFor(action, seconds));
  }

  /** The longest chain that would end with the task that is to wait for others; null when it gets no longer. */
  pathToChanged({ change }: ReplanAction): Chain | null {
    if (change?.dependsOn === undefined) return null;
    const before = this.#node(change.id);
    const after = this.#chainTo({ ...before, dependsOn: change.dependsOn });
    return after.seconds > this.#chainTo(before).seconds ? after : null;
  }

  take(action: Action, seconds: number): void {
    if (action.kind === "delegate") {
      this.#nodes.set(action.id, this.#nodeFor(action, seconds));
      this.#last = action.id;
    } else if (action.kind === "replan") {
      for (const ref of action.drop) this.#nodes.set(ref, { ref, seconds: 0, dependsOn: [] });
      const { id, dependsOn } = action.change ?? {};
      if (id !== undefined && dependsOn !== undefined) this.#nodes.set(id, { ...this.#node(id), dependsOn });
    }
  }

  #nodeFor({ id: ref, dependsOn, mode }: DelegateAction, seconds: number): TimedNode {
    const before = mode === "sequential" && this.#last !== undefined ? [this.#last] : [];
    return { ref, seconds, dependsOn: [...dependsOn, ...before] };
  }

  #node(ref: string): TimedNode {
    const { dependenciesOf, openSecondsOf } = this.#known;
    const known = { ref, seconds: openSecondsOf?.(ref) ?? 0, dependsOn: dependenciesOf?.(ref) ?? [] };
    return this.#nodes.get(ref) ?? known;
  }

  #chainTo(end: TimedNode): Chain {
    return chainTo([end], (ref) => this.#node(ref));
  }
}
