import type { Phase } from "#/lib/protocol/phase.ts";

/** What is known of a run between two turns. */
export type RunSummary = {
  readonly phase: Phase;
  /** Turns taken so far. */
  readonly turns: number;
  /** Tasks created so far, and those of them that are not settled. */
  readonly tasks: number;
  readonly openTasks: number;
  /** True when a task has failed since the last turn began, and others that depend on it have not started. */
  readonly hasLoss: boolean;
  /** Turns in a row, up to the last one, that moved nothing: only refusals, or nothing at all. */
  readonly fruitlessTurns: number;
  /** True when the answer has been written. */
  readonly answered: boolean;
  readonly last: TurnSummary | null;
};

export type TurnSummary = {
  readonly startedIn: Phase;
  readonly interrupted: boolean;
  readonly accepted: number;
  readonly delegated: number;
  readonly refused: number;
  /** Near misses that the model has not been told of before. */
  readonly missed: number;
  readonly hasProse: boolean;
  /** True when this turn was asked for nothing but the answer. */
  readonly askedForAnswer: boolean;
};

export type Step =
  /** Ask the model again, in the phase the run is in. */
  | { readonly kind: "turn"; readonly answerMissing: boolean }
  /** Hold no process until the open tasks have settled. */
  | { readonly kind: "wait" }
  /** All results are in: EXECUTING is over. */
  | { readonly kind: "verify" }
  | { readonly kind: "complete" }
  | { readonly kind: "fail"; readonly code: string; readonly message: string };

/** actions.md, 4: three turns in a row with nothing but refusals fail the run. */
export const MOST_FRUITLESS_TURNS = 3;

/** To verify, and to give an answer that is still missing then. */
const TURNS_TO_END = 2;

/** actions.md, 3: VERIFY with `fail` leads back to EXECUTING at most this often. */
export const MOST_FAILED_VERDICTS = 3;

/**
 * What a run does when an output has ended, or when it is taken up again: one pure function, so that a worker that takes
 * over decides what the one before it would have decided.
 *
 *   PLANNING   prose alone is the answer        anything else: another turn
 *   EXECUTING  open tasks: wait                 settled tasks: verify      a plan without tasks yet: another turn
 *              a loss among them: another turn, in which the rest can be planned anew, while enough turns are left
 *   VERIFYING  ends only by a VERIFY block      prose alone: another turn
 *   LEARNING   answered: complete               not answered: the answer is asked for once
 */
export function nextStep(run: RunSummary, limits: { turns: number }): Step {
  const { last } = run;
  if (run.phase === "PLANNING" && run.openTasks > 0) return { kind: "wait" };
  if (run.phase === "EXECUTING" && run.openTasks > 0 && !last?.interrupted) {
    return run.hasLoss && limits.turns - run.turns > TURNS_TO_END ? turn(run, limits) : { kind: "wait" };
  }
  if (last === null) return turn(run, limits);
  if (isAnswered(run, last)) return { kind: "complete" };
  if (run.fruitlessTurns >= MOST_FRUITLESS_TURNS) return fruitless(last);
  if (run.phase === "EXECUTING" && executedAll(last)) return { kind: "verify" };
  if (run.phase === "LEARNING" && last.askedForAnswer && !last.interrupted) {
    return {
      kind: "fail",
      code: "no-answer",
      message: "The model was asked for its answer and wrote none. Try again.",
    };
  }
  return turn(run, limits);
}

function isAnswered(run: RunSummary, last: TurnSummary): boolean {
  if (last.interrupted) return false;
  if (run.phase === "LEARNING") return run.answered;
  return run.phase === "PLANNING" && last.hasProse && last.accepted + last.refused + last.missed === 0;
}

/** Nothing is open, and either something was done or the model had its turn in this phase and wanted nothing done. */
function executedAll(last: TurnSummary): boolean {
  if (last.interrupted) return false;
  if (last.startedIn !== "EXECUTING") return last.delegated > 0;
  return last.delegated > 0 || last.refused + last.missed === 0;
}

function turn(run: RunSummary, limits: { turns: number }): Step {
  if (run.turns < limits.turns) return { kind: "turn", answerMissing: run.phase === "LEARNING" && !run.answered };
  return {
    kind: "fail",
    code: "budget-turns",
    message: `The run has used its ${limits.turns} turns without an answer (setting DEPUTY_MAX_TURNS). Ask for less at once, or try again.`,
  };
}

function fruitless(last: TurnSummary): Step {
  return last.refused + last.missed > 0
    ? {
        kind: "fail",
        code: "only-refusals",
        message: `The model wrote ${MOST_FRUITLESS_TURNS} turns in a row with nothing but refused actions; their reasons stand above. Try again, or use another model.`,
      }
    : {
        kind: "fail",
        code: "model-silent",
        message: `The model answered nothing that the run could go on with, ${MOST_FRUITLESS_TURNS} turns in a row. Try again, or use another model.`,
      };
}
