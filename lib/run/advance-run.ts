import { SECOND } from "#/lib/clock.ts";
import { hasOpen } from "#/lib/graph/ready.ts";
import { nextStep, type Step } from "#/lib/machine/next-step.ts";
import type { Models } from "#/lib/model/models.ts";
import { changePhase } from "#/lib/run/change-phase.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { closeRun, type RunEnd } from "#/lib/run/close-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { type FoldedRun, type FoldedTask, summaryOf } from "#/lib/run/fold-run.ts";
import { FollowedLog } from "#/lib/run/followed-log.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { OwnEvents } from "#/lib/run/own-events.ts";
import { estimateOf, inputFaultOf } from "#/lib/run/prepare-task.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import type { RunLimits } from "#/lib/run/run-gate.ts";
import { overBudget } from "#/lib/run/spending.ts";
import { type MainAgent, takeTurn } from "#/lib/run/take-turn.ts";
import { type RunSetting, type Settings, turnInput, untrustedTexts } from "#/lib/run/turn-input.ts";

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
  const log = new FollowedLog(context, task.runId);
  await closeInterruptedTurn(context, task, log);
  const setting = await by.settings.of(context, task.runId, log.folded);
  const advance: Advance = { context, task, log, setting, by };

  // Whoever ended it from outside has given the task up, too: no model is asked for nothing.
  while (!log.folded.isOver) {
    if (log.folded.paused && (await yieldTask(context, task))) return;
    const own = new OwnEvents();
    const before = nextOf(advance).kind === "verify" ? beginVerifying(advance, own) : undefined;
    const step = nextOf(advance);
    const hasLeft =
      step.kind === "turn" ? await turnAt(advance, step, own, before) : await leaveAt(advance, step, before);
    if (hasLeft) return;
    await log.read();
  }
}

type TurnStep = Extract<Step, { kind: "turn" }>;
type Advance = {
  readonly context: Context;
  readonly task: ClaimedTask;
  readonly log: FollowedLog;
  readonly setting: RunSetting;
  readonly by: { readonly main: MainAgent; readonly models: Models; readonly signal: AbortSignal };
};

const nextOf = ({ context, log }: Advance) => nextStep(summaryOf(log.folded), context.env.budgets);

/** Not waited for: the turn is written behind it, and not at all when this fails. */
function beginVerifying({ context, task, log }: Advance, own: OwnEvents): Promise<unknown> {
  const note = own.expect();
  const before = changeHeldRun(context, task, (state) => {
    changePhase(state, "EXECUTING", "VERIFYING");
    note(state);
  });
  log.folded.phase = "VERIFYING";
  return before;
}

/**
 * True when the run was left. Who waits rules out what a failure stands in front of: of one that was not seen yet the model is
 * asked first.
 */
async function leaveAt({ context, task, log }: Advance, step: Step, before?: Promise<unknown>): Promise<boolean> {
  await before;
  const { liveTasks } = context.env.budgets;
  const isOutOfDate = (state: RunChange) => step.kind === "wait" && !log.isWhole(state);
  const leaves = (state: RunChange) => !isOutOfDate(state) && leave(state, task, step, liveTasks);
  return (await changeHeldRun(context, task, leaves)).value;
}

/**
 * True when the run was left: the step behind the turn is taken together with its end, unless somebody else has written into
 * the log meanwhile.
 */
async function turnAt(advance: Advance, step: TurnStep, own: OwnEvents, before?: Promise<unknown>): Promise<boolean> {
  const { context, task, log, setting, by } = advance;
  const { folded } = log;
  const { budgets } = context.env;
  const over = overBudget(folded.spent, budgets);
  if (over !== null) {
    await before;
    await changeHeldRun(context, task, (state) => end(state, task, { status: "failed", error: over }));
    return true;
  }
  const registry = await context.registry.read();
  const after = (state: RunChange) =>
    log.takeOwn(state, own.all) && leave(state, task, nextOf(advance), budgets.liveTasks);
  const turn = turnOf(context, setting, folded, { ...step, registry });
  return takeTurn(context, task, { ...turn, ...by, before, own, after });
}

function turnOf(
  context: Context,
  setting: RunSetting,
  folded: FoldedRun,
  { answerMissing, registry }: { readonly answerMissing: boolean; readonly registry: readonly RegisteredAgent[] },
) {
  const input = turnInput(context, setting, folded, { turn: folded.turns.length + 1, answerMissing });
  return { input, run: folded, registry, limits: limitsOf(context, setting, folded, registry) };
}

/** What the gate of a turn goes by. */
function limitsOf(
  { env }: Context,
  setting: RunSetting,
  folded: FoldedRun,
  registry: readonly RegisteredAgent[],
): RunLimits {
  const { budgets, orchestration } = env;
  const byRef = new Map([...folded.tasks.values()].map((task) => [task.spec.ref, task]));
  return {
    orchestration,
    tasks: budgets.tasks,
    tasksSoFar: folded.tasks.size,
    failedVerdictsSoFar: folded.failedVerdicts,
    untrusted: untrustedTexts(folded, setting),
    message: setting.message,
    isPending: (ref) => byRef.get(ref)?.status === "pending" && byRef.get(ref)?.dispatched === false,
    dependenciesOf: (ref) => byRef.get(ref)?.spec.dependsOn ?? [],
    openSecondsOf: (ref) => openSeconds(byRef.get(ref)),
    inputFaultOf: (action) => inputFaultOf(action, registry),
    estimateOf: (action) => estimateOf(action, registry),
    costUsdLeft: budgets.costUsd > 0 ? Math.max(0, budgets.costUsd - folded.spent.costUsd) : null,
    secondsLeft: Math.max(0, (budgets.runMs - folded.ageMs) / SECOND),
  };
}

function openSeconds(task: FoldedTask | undefined): number {
  return task === undefined || task.settledSeq !== undefined ? 0 : (task.spec.estimate?.seconds ?? 0);
}

/**
 * Takes the step when it is one that leaves the run: true when nothing more is to be done for now. A task that waits for its
 * children holds no worker, and its attempts are counted anew when it goes on; when the last of them settled in the meantime
 * nothing would wake it, and it goes on at once. What a failure has ruled out is cancelled now: the model had its say.
 */
function leave(state: RunChange, task: ClaimedTask, step: Step, liveTasks: number): boolean {
  switch (step.kind) {
    case "wait":
      if (!hasOpen(state.openTasks().filter((other) => other.parentId === task.id))) return false;
      state.setTask(task.id, { status: "waiting", workerId: null, attempt: 0 });
      moveGraph(state, liveTasks, "rule-out");
      return true;
    case "complete":
      end(state, task, { status: "completed" });
      return true;
    case "fail":
      end(state, task, { status: "failed", error: { code: step.code, message: step.message } });
      return true;
    default:
      return false;
  }
}

async function closeInterruptedTurn(context: Context, task: ClaimedTask, log: FollowedLog): Promise<void> {
  const last = (await log.read()).turns.at(-1);
  if (last === undefined || last.ended || log.folded.isOver) return;
  const note = last.startedIn === "PLANNING" && last.accepted + last.refused + last.missed > 0;
  const reason = "The worker that took this turn stopped in the middle of it.";
  await changeHeldRun(context, task, (state) => {
    state.events.push({ type: "turn.ended", data: { turn: last.turn, finish: "interrupted", note, reason } });
  });
  await log.read();
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

function end(state: RunChange, task: ClaimedTask, how: RunEnd): void {
  const status = how.status === "completed" ? "completed" : "failed";
  state.setTask(task.id, { status, error: how.status === "failed" ? how.error : null });
  closeRun(state, how);
}
