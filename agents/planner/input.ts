import { z } from "zod";
import { DeputyError } from "#/lib/errors.ts";
import { PlanGraph } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** What INPUT may say to the planner; other keys are for others. */
export const Input = z.looseObject({
  /** True: it builds on what others post on the board of the run, and posts its plan. */
  board: z.boolean().optional(),
  /** A plan that is to be summed up with what the tasks before did of it, instead of making one. */
  plan: PlanGraph.optional(),
});

/** Throws `bad-input`, not retryable. */
export function readInput({ input }: TaskSpec): z.infer<typeof Input> {
  const read = Input.safeParse(input ?? {});
  if (read.success) return read.data;
  throw new DeputyError(
    "bad-input",
    'INPUT of a planner task may hold "board": true, and "plan": a plan with a goal and steps to sum up.',
  );
}
