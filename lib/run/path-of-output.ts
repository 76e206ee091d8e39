import { longestPath, type TimedNode } from "#/lib/graph/estimate.ts";
import type { Action, DelegateAction } from "#/lib/protocol/action.ts";

/** What is known of the time that the tasks accepted before this output still take. */
export type KnownTimes = {
  dependenciesOf?(id: string): readonly string[];
  /** Seconds that the task itself is expected to take, and 0 once it has settled. Absent: earlier tasks take no time. */
  openSecondsOf?(id: string): number;
};

/** How long the chains of a run's tasks get as the blocks of one output, each behind the other, add to them. */
export class PathOfOutput {
  readonly #known: KnownTimes;
  /** The tasks that this output has created or changed. */
  readonly #nodes = new Map<string, TimedNode>();
  #last: string | undefined;

  constructor(known: KnownTimes) {
    this.#known = known;
  }

  /** The longest chain that would end with this task: what it takes, and the open tasks in front of it. */
  pathTo(action: DelegateAction, seconds: number): { readonly seconds: number; readonly before: readonly string[] } {
    const nodes = this.#withAllBefore(this.#nodeFor(action, seconds));
    const longest = longestPath(nodes);
    const takesTime = new Set(nodes.filter((node) => node.seconds > 0).map(({ ref }) => ref));
    return { seconds: longest.seconds, before: longest.path.filter((ref) => ref !== action.id && takesTime.has(ref)) };
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

  #withAllBefore(last: TimedNode): TimedNode[] {
    const found = new Map([[last.ref, last]]);
    for (const { dependsOn } of found.values()) {
      for (const ref of dependsOn) if (!found.has(ref)) found.set(ref, this.#node(ref));
    }
    return [...found.values()];
  }
}
