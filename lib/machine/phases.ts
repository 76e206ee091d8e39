import type { Action, ActionKind } from "#/lib/protocol/action.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

/**
 * The one table of the machine: prompt, gate and worker all read it.
 *
 *   PLANNING --PLAN--> EXECUTING --tasks settled--> VERIFYING --VERIFY pass--> LEARNING --end of output--> completed
 *                          ^------------VERIFY fail-----'
 *
 * The two moves without an action are the run's (next-step.ts).
 */
export const allowedActions: Record<Phase, readonly ActionKind[]> = {
  PLANNING: ["plan"],
  EXECUTING: ["delegate", "replan"],
  VERIFYING: ["verify"],
  LEARNING: ["learn"],
};

/** The phase behind an action that was allowed in `phase`. */
export function phaseAfter(phase: Phase, action: Action): Phase {
  if (action.kind === "plan") return "EXECUTING";
  if (action.kind === "verify") return action.verdict === "pass" ? "LEARNING" : "EXECUTING";
  return phase;
}
