import type { Action } from "#/lib/protocol/action.ts";

/** What is known of the tasks that were accepted before this output. */
export type KnownPlan = {
  /** Accepted and not started. */
  isPending(id: string): boolean;
  /** What a task runs after. Absent: nothing is known of it, and no circle is found that leads over earlier tasks. */
  dependenciesOf?(id: string): readonly string[];
};

/** The run's plan as the blocks of one output, each behind the other, have made it so far. */
export class PlanOfOutput {
  readonly #known: KnownPlan;
  /** Of the tasks that this output has created or changed: what each runs after now. */
  readonly #dependencies = new Map<string, readonly string[]>();
  readonly #created = new Set<string>();
  readonly #dropped = new Set<string>();
  #last: string | undefined;

  constructor(known: KnownPlan) {
    this.#known = known;
  }

  take(action: Action): void {
    if (action.kind === "delegate") {
      const before = action.mode === "sequential" && this.#last !== undefined ? [this.#last] : [];
      this.#created.add(action.id);
      this.#dependencies.set(action.id, [...action.dependsOn, ...before]);
      this.#last = action.id;
    } else if (action.kind === "replan") {
      for (const id of action.drop) this.#dropped.add(id);
      if (action.change?.dependsOn) this.#dependencies.set(action.change.id, action.change.dependsOn);
    }
  }

  isPending(id: string): boolean {
    return !this.#dropped.has(id) && (this.#created.has(id) || this.#known.isPending(id));
  }

  /** The circle that there would be if `id` ran after these, from `id` to `id`; null when there is none. */
  circleOf(id: string, dependsOn: readonly string[]): readonly string[] | null {
    const cameFrom = new Map<string, string>();
    const open = dependsOn.map((next) => ({ from: id, next }));
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      const { from, next } = step;
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, from);
      if (next === id) return pathTo(id, cameFrom);
      for (const further of this.#dependenciesOf(next)) open.push({ from: next, next: further });
    }
    return null;
  }

  #dependenciesOf(id: string): readonly string[] {
    return this.#dependencies.get(id) ?? this.#known.dependenciesOf?.(id) ?? [];
  }
}

function pathTo(id: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [id];
  let at = cameFrom.get(id);
  while (at !== undefined && at !== id) {
    path.unshift(at);
    at = cameFrom.get(at);
  }
  return [id, ...path];
}
