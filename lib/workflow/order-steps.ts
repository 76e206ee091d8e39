import { faultsOf, inOrder } from "#/lib/graph/check-graph.ts";
import type { Step } from "#/lib/workflow/schema.ts";

export type StepNode = {
  readonly ref: string;
  readonly dependsOn: string[];
  /** Where the step stands in the file, from 0. */
  readonly place: number;
};

/** What each step waits for: what `after` names, and with MODE sequential the step above it. */
export function nodesOf(steps: readonly Pick<Step, "id" | "after" | "mode">[]): StepNode[] {
  return steps.map(({ id, after, mode }, place) => {
    const above = mode === "sequential" ? steps[place - 1]?.id : undefined;
    return { ref: id, dependsOn: [...new Set(above === undefined ? after : [...after, above])], place };
  });
}

/** All steps so that each stands behind those that it waits for, and otherwise as they are written. There must be no cycle. */
export function orderSteps(steps: readonly Step[]): StepNode[] {
  return inOrder(nodesOf(steps));
}

/** Ways in which steps wait for one another, as the ids of the path, the first one again at its end. */
export function findCycles(nodes: readonly StepNode[]): (readonly string[])[] {
  return faultsOf(nodes).flatMap(({ path }) => (path === undefined ? [] : [path]));
}
