import type { Stack } from "#/test/faults/stack.ts";

/** How long something took, each time that it was tried. */
export type Measured = {
  readonly what: string;
  readonly milliseconds: readonly number[];
  /** The figure to reach by the 99th percentile; a miss fails the fault. */
  readonly atMostMs?: number;
};

export type Report = {
  /** What was done to the product, in one line, with counts. */
  readonly injected: string;
  readonly measured: readonly Measured[];
  /** What was seen that must not be, beside the invariants, which are checked after every fault. */
  readonly problems: readonly string[];
  readonly notes?: readonly string[];
};

export type Fault = {
  /** `F1`: the name in reliability notes and in `--only`. */
  readonly id: string;
  readonly title: string;
  /** How often it is injected in a full run, and in the subset of CI (absent: it is not in the subset). */
  readonly repeats: number;
  readonly subsetRepeats?: number;
  /** Set where the fault cannot happen to this product: says why, and the fault is listed and not run. */
  readonly doesNotApply?: string;
  /** Runs only when it is named, as the soak does. */
  readonly onRequest?: boolean;
  /** Settings of all processes while this fault is injected, the suite's own client included. */
  readonly settings?: Record<string, string>;
  /** Delegated tasks that must have been completed, or nothing was proved. */
  readonly leastTasks: (repeats: number) => number;
  /** Injects the fault `repeats` times under load, cures it, and waits until the load has finished. */
  run(stack: Stack, repeats: number): Promise<Report>;
};
