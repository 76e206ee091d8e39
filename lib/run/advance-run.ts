import { hasOpen } from "#/lib/graph/ready.ts";
import { nextStep } from "#/lib/machine/next-step.ts";
import type { Models } from "#/lib/model/models.ts";
import { changePhase } from "#/lib/run/change-phase.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { closeRun, type RunEnd } from "#/lib/run/close-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { type FoldedRun, foldEvents, newFold, summaryOf } from "#/lib/run/fold-run.ts";
import { overBudget } from "#/lib/run/spending.ts";
import { type MainAgent, takeTurn } from "#/lib/run/take-turn.ts";
import { type Settings, turnInput, untrustedTexts } from "#/lib/run/turn-input.ts";
import { readNewEvents } from "#/lib/store/events.ts";

/**
 * The main agent's task: takes a run from where its log ends to its next wait or to its end.
 *
 * The log is all that is known: a worker that takes over from a dead one folds the same events and goes on the same way.
 * A turn that the log shows begun and not ended was cut off by a crash; it is closed as interrupted, what it dispatched is
 * kept, and the next turn goes on from there. Throws when a turn fails (the worker then records the failed attempt), and
 * `claim-lost` when the task is somebody else's meanwhile.
 */
export async function advanceRun(
  context: Context,
  task: ClaimedTask,
  by: { main: MainAgent; models: Models; settings: Settings; signal: AbortSignal },
): Promise<void> {
  const log = followLog(context, task);
  let folded = await closeInterruptedTurn(context, task, await log.read(), log);
  const setting = await by.settings.of(context, task.runId, folded);

  for (;;) {
    if (folded.paused && (await yieldTask(context, task))) return;
    const step = nextStep(summaryOf(folded), context.env.budgets);
    switch (step.kind) {
      case "turn": {
        const over = overBudget(folded.spent, context.env.budgets);
        if (over !== null) return end(context, task, { status: "failed", error: over });
        const input = turnInput(context, setting, folded, {
          turn: folded.turns.length + 1,
          answerMissing: step.answerMissing,
        });
        const limits = {
          tasks: context.env.budgets.tasks,
          tasksSoFar: folded.tasks.size,
          failedVerdictsSoFar: folded.failedVerdicts,
          untrusted: untrustedTexts(folded, setting),
          message: setting.message,
        };
        await takeTurn(context, task, { input, run: folded, limits, ...by });
        break;
      }
      case "wait":
        if (await suspend(context, task)) return;
        break;
      case "verify":
        await changeHeldRun(context, task, (state) => changePhase(state, "EXECUTING", "VERIFYING"));
        break;
      case "complete":
        return end(context, task, { status: "completed" });
      case "fail":
        return end(context, task, { status: "failed", error: { code: step.code, message: step.message } });
    }
    folded = await log.read();
  }
}

type FollowedLog = { read(): Promise<FoldedRun> };

/** The run folded up to its newest event; each read takes only what has come since the one before. */
function followLog(context: Context, task: ClaimedTask): FollowedLog {
  const folded = newFold();
  let seen = 0;
  return {
    async read() {
      const events = await readNewEvents(context.store, task.runId, seen);
      foldEvents(folded, events);
      seen = events.at(-1)?.seq ?? seen;
      return folded;
    },
  };
}

async function closeInterruptedTurn(
  context: Context,
  task: ClaimedTask,
  folded: FoldedRun,
  log: FollowedLog,
): Promise<FoldedRun> {
  const last = folded.turns.at(-1);
  if (last === undefined || last.ended) return folded;
  const note = last.startedIn === "PLANNING" && last.accepted + last.refused + last.missed > 0;
  const reason = "The worker that took this turn stopped in the middle of it.";
  await changeHeldRun(context, task, (state) => {
    state.events.push({ type: "turn.ended", data: { turn: last.turn, finish: "interrupted", note, reason } });
  });
  return log.read();
}

/**
 * The task waits for its children and holds no worker; when it goes on, its attempts are counted anew. False when the last
 * open child settled in the meantime: then nothing would wake the run, and it goes on at once.
 */
async function suspend(context: Context, task: ClaimedTask): Promise<boolean> {
  const done = await changeHeldRun(context, task, (state) => {
    if (!hasOpen(state.openTasks().filter((other) => other.parentId === task.id))) return false;
    state.setTask(task.id, { status: "waiting", workerId: null, attempt: 0 });
    return true;
  });
  return done.value;
}

/** The run was paused: the task goes back as if it had not been claimed. False when it goes on again already. */
async function yieldTask(context: Context, task: ClaimedTask): Promise<boolean> {
  const done = await changeHeldRun(context, task, (state) => {
    if (!state.run.paused) return false;
    const attempt = Math.max(0, task.attempt - 1);
    state.setTask(task.id, { status: "pending", workerId: null, attempt }, { dueInMs: 0, rung: false });
    return true;
  });
  return done.value;
}

async function end(context: Context, task: ClaimedTask, how: RunEnd): Promise<void> {
  await changeHeldRun(context, task, (state) => {
    const status = how.status === "completed" ? "completed" : "failed";
    state.setTask(task.id, { status, error: how.status === "failed" ? how.error : null });
    closeRun(state, how);
  });
}
