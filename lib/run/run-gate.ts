import { tainted } from "#/lib/actions/taint.ts";
import { userGate } from "#/lib/actions/user-gate.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import { MOST_FAILED_VERDICTS } from "#/lib/machine/next-step.ts";
import type { Action } from "#/lib/protocol/action.ts";
import type { Gate, Refusal } from "#/lib/protocol/gate.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

export type RunLimits = {
  readonly tasks: number;
  readonly tasksSoFar: number;
  readonly failedVerdictsSoFar: number;
  /** Texts that nobody here wrote, and the message of the user, against which a TASK is compared. */
  readonly untrusted: readonly string[];
  readonly message: string;
};

/** The gate of a turn: first the phase, then what the run can still afford, then where the words of a TASK come from. */
export function runGate(start: Phase, limits: RunLimits): Gate & { readonly phase: Phase } {
  const byPhase = phaseGate(start);
  let tasks = limits.tasksSoFar;
  let failedVerdicts = limits.failedVerdictsSoFar;
  return {
    get phase() {
      return byPhase.phase;
    },
    refuses: (kind) => byPhase.refuses(kind),
    admit(action) {
      const refusal = refusalOf(action, { ...limits, tasksSoFar: tasks, failedVerdictsSoFar: failedVerdicts });
      if (refusal !== null) return refusal;
      if (action.kind === "delegate") tasks += 1;
      if (action.kind === "verify" && action.verdict === "fail") failedVerdicts += 1;
      return byPhase.admit(action);
    },
  };
}

/** The gate of a person's own message: delegations, as many as a run may have; they move no phase. */
export function userRunGate(mostTasks: number): Gate {
  let tasks = 0;
  return {
    refuses: (kind) => userGate.refuses(kind),
    admit() {
      if (tasks < mostTasks) {
        tasks += 1;
        return null;
      }
      return { code: "budget", message: `A run has at most ${mostTasks} tasks (setting DEPUTY_MAX_TASKS).` };
    },
  };
}

function refusalOf(action: Action, limits: RunLimits): Refusal | null {
  if (action.kind === "verify" && action.verdict === "fail" && limits.failedVerdictsSoFar >= MOST_FAILED_VERDICTS) {
    return {
      code: "budget",
      message: `VERDICT fail was used ${MOST_FAILED_VERDICTS} times in this run, which is the limit. Write VERDICT: pass, and say in the answer what is missing.`,
    };
  }
  if (action.kind !== "delegate") return null;
  if (limits.tasksSoFar >= limits.tasks) {
    return {
      code: "budget",
      message: `The run has created ${limits.tasksSoFar} of at most ${limits.tasks} tasks (setting DEPUTY_MAX_TASKS). Go on with the results at hand.`,
    };
  }
  if (tainted(action.task, limits.untrusted, limits.message)) {
    return {
      code: "tainted",
      message: "The TASK repeats ten or more words of a retrieved text. Say in your own words what is to be done.",
    };
  }
  return null;
}
