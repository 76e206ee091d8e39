import { tainted } from "#/lib/actions/taint.ts";
import { userGate } from "#/lib/actions/user-gate.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import { MOST_FAILED_VERDICTS } from "#/lib/machine/next-step.ts";
import type { Action, ActionKind, DelegateAction, ReplanAction } from "#/lib/protocol/action.ts";
import type { Gate, Refusal } from "#/lib/protocol/gate.ts";
import type { Estimate } from "#/lib/protocol/orchestration.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import { beyondMoney, beyondTime, type Left, shownRefsOf } from "#/lib/run/beyond-what-is-left.ts";
import { type Chain, type KnownTimes, PathOfOutput } from "#/lib/run/path-of-output.ts";
import { type KnownPlan, PlanOfOutput } from "#/lib/run/plan-of-output.ts";

/** What delegations of a run may be and come to, beside their number. Without `estimateOf` nothing is compared. */
type Budget = Left & {
  /** Why the agent does not take the INPUT, or null; absent: it is looked at when the task is created. */
  inputFaultOf?(action: DelegateAction): string | null;
  estimateOf?(action: DelegateAction): Pick<Estimate, "seconds" | "costUsd">;
};

export type RunLimits = Budget &
  KnownTimes &
  KnownPlan & {
    /** False: delegation is switched off, and the main agent answers alone. */
    readonly orchestration: boolean;
    readonly tasks: number;
    readonly tasksSoFar: number;
    readonly failedVerdictsSoFar: number;
    /** Texts that nobody here wrote, and the message of the user, against which a TASK is compared. */
    readonly untrusted: readonly string[];
    readonly message: string;
  };

/** What the accepted blocks of the output have used so far, and what their chains come to. */
type Used = { tasks: number; failedVerdicts: number; costUsd: number; readonly path: PathOfOutput };

/** What is left to do when the estimates are too high. */
const advice = {
  model: "Delegate less, or go on with the results at hand.",
  person: "Ask for less, or have the setting raised.",
} as const;

/** The gate of a turn: first the phase, then what the run can still afford, then where the words of a TASK come from. */
export function runGate(start: Phase, limits: RunLimits): Gate & { readonly phase: Phase } {
  const byPhase = phaseGate(start);
  const plan = new PlanOfOutput(limits);
  const path = new PathOfOutput(limits);
  const used = { tasks: limits.tasksSoFar, failedVerdicts: limits.failedVerdictsSoFar, costUsd: 0, path };
  return {
    get phase() {
      return byPhase.phase;
    },
    refuses: (kind) => switchedOff(kind, limits) ?? byPhase.refuses(kind),
    admit(action) {
      const refusal = refusalOf(action, limits, used, plan);
      if (refusal !== null) return refusal;
      use(action, limits, used);
      plan.take(action);
      return byPhase.admit(action);
    },
  };
}

type UserLimits = Budget & Pick<RunLimits, "tasks" | "orchestration">;

/** The gate of a person's own message: delegations, as many as a run may have; they move no phase. */
export function userRunGate(limits: UserLimits): Gate {
  const used = { tasks: 0, failedVerdicts: 0, costUsd: 0, path: new PathOfOutput({}) };
  return {
    refuses: (kind) => userGate.refuses(kind) ?? switchedOff(kind, limits),
    admit(action) {
      const refusal = action.kind === "delegate" ? refusalOfUser(action, limits, used) : null;
      if (refusal === null) use(action, limits, used);
      return refusal;
    },
  };
}

function refusalOfUser(action: DelegateAction, limits: UserLimits, used: Used): Refusal | null {
  if (used.tasks >= limits.tasks) {
    const message = `A run has at most ${limits.tasks} tasks (setting DEPUTY_MAX_TASKS). Send the others with another message, or have the setting raised.`;
    return { code: "budget", message };
  }
  return notTaken(action, limits) ?? tooExpensive(action, limits, used, advice.person);
}

const needDelegation: ReadonlySet<ActionKind> = new Set<ActionKind>(["plan", "delegate", "replan"]);

function switchedOff(kind: ActionKind, { orchestration }: Pick<RunLimits, "orchestration">): Refusal | null {
  if (orchestration || !needDelegation.has(kind)) return null;
  return {
    code: "orchestration-off",
    message: `${kind.toUpperCase()} cannot be used: delegation is switched off (setting DEPUTY_ORCHESTRATION), and the main agent answers alone.`,
  };
}

function use(action: Action, limits: Budget, used: Used): void {
  const estimate = action.kind === "delegate" ? limits.estimateOf?.(action) : undefined;
  if (action.kind === "delegate") used.tasks += 1;
  used.costUsd += estimate?.costUsd ?? 0;
  used.path.take(action, estimate?.seconds ?? 0);
  if (action.kind === "verify" && action.verdict === "fail") used.failedVerdicts += 1;
}

function refusalOf(action: Action, limits: RunLimits, used: Used, plan: PlanOfOutput): Refusal | null {
  switch (action.kind) {
    case "verify":
      return action.verdict === "fail" && used.failedVerdicts >= MOST_FAILED_VERDICTS ? noVerdictLeft() : null;
    case "delegate":
      return (
        notTaken(action, limits) ??
        noTaskLeft(limits, used) ??
        tooExpensive(action, limits, used, advice.model) ??
        repeated(action.task, limits)
      );
    case "replan":
      return (
        notChangeable(action, plan) ??
        circular(action, plan) ??
        tooLong(action, limits, used) ??
        repeated(action.change?.task ?? "", limits)
      );
    default:
      return null;
  }
}

function noVerdictLeft(): Refusal {
  return {
    code: "budget",
    message: `VERDICT fail was used ${MOST_FAILED_VERDICTS} times in this run, which is the limit. Write VERDICT: pass, and say in the answer what is missing.`,
  };
}

function noTaskLeft(limits: RunLimits, used: Used): Refusal | null {
  if (used.tasks < limits.tasks) return null;
  return {
    code: "budget",
    message: `The run has created ${used.tasks} of at most ${limits.tasks} tasks (setting DEPUTY_MAX_TASKS). Go on with the results at hand.`,
  };
}

function notTaken(action: DelegateAction, limits: Budget): Refusal | null {
  const message = limits.inputFaultOf?.(action) ?? null;
  return message === null ? null : { code: "bad-value", message };
}

/** Costs add up over all tasks; times only along the chain of those that wait for one another. */
function tooExpensive(action: DelegateAction, limits: Budget, used: Used, then: string): Refusal | null {
  const estimate = limits.estimateOf?.(action);
  if (estimate === undefined) return null;
  const { costUsdLeft = null } = limits;
  const left = { costUsdLeft: costUsdLeft === null ? null : costUsdLeft - used.costUsd };
  const why =
    beyondMoney("The task is estimated at", estimate.costUsd, left) ??
    tooLate(action.id, used.path.pathTo(action, estimate.seconds), limits);
  return why === null ? null : { code: "budget", message: `${why} ${then}` };
}

/** A chain that a change of the plan makes too long, up to the changed task: what waits for that is not known here. */
function tooLong(action: ReplanAction, limits: RunLimits, used: Used): Refusal | null {
  const chain = used.path.pathToChanged(action);
  const why = chain && tooLate(action.change?.id ?? "", chain, limits);
  return why === null
    ? null
    : { code: "budget", message: `${why} Choose another DEPENDS_ON, or drop what is not needed.` };
}

function tooLate(id: string, { seconds, path }: Chain, limits: Budget): string | null {
  const before = path.filter((ref) => ref !== id);
  if (before.length === 0) return beyondTime("The task is estimated at", seconds, limits);
  const behind = `Behind ${shownRefsOf(before)}, which it waits for, the task would by the estimates end after`;
  return beyondTime(behind, seconds, limits);
}

function repeated(task: string, limits: RunLimits): Refusal | null {
  if (!tainted(task, limits.untrusted, limits.message)) return null;
  return {
    code: "tainted",
    message: "The TASK repeats ten or more words of a retrieved text. Say in your own words what is to be done.",
  };
}

function notChangeable({ drop, change }: ReplanAction, plan: PlanOfOutput): Refusal | null {
  const named = change === undefined ? drop : [...drop, change.id];
  const late = named.filter((id) => !plan.isPending(id));
  if (late.length === 0) return null;
  const verb = late.length === 1 ? "has" : "have";
  return {
    code: "task-started",
    message: `${late.join(", ")} ${verb} started or ended already; only what has not started can be changed or dropped. Nothing of this block was done.`,
  };
}

function circular({ change }: ReplanAction, plan: PlanOfOutput): Refusal | null {
  const circle = change?.dependsOn && plan.circleOf(change.id, change.dependsOn);
  if (!circle) return null;
  return {
    code: "cycle",
    message: `These tasks would wait for one another: ${circle.join(" -> ")}. Choose another DEPENDS_ON.`,
  };
}
