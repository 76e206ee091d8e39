import { inventsResult } from "#/lib/actions/invented-result.ts";
import { writeAction } from "#/lib/actions/write-action.ts";
import type { RunSummary, TurnSummary } from "#/lib/machine/next-step.ts";
import type { EventData, RunEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { Failure, TaskSpec, TaskStatus } from "#/lib/protocol/task.ts";
import { nothingSpent, type Spending, spend } from "#/lib/run/spending.ts";

/** One turn of the main agent as the log tells it. */
export type FoldedTurn = {
  turn: number;
  startedIn: Phase;
  /** Number of its first event. */
  startedSeq: number;
  ended: boolean;
  interrupted: boolean;
  /** Prose and canonical blocks, in order. */
  output: string;
  /** Prose that may be the answer, and whether there was any prose at all. */
  answer: string;
  hasProse: boolean;
  accepted: number;
  delegated: number;
  refused: number;
  missed: number;
  askedForAnswer: boolean;
  /** Prose behind the turn's first DELEGATE, written before any result existed. */
  foretold: string;
  /** Refusals, near misses and invented results in words. */
  feedback: string[];
};

export type FoldedTask = {
  id: string;
  spec: TaskSpec;
  status: TaskStatus;
  result?: TaskResult;
  error?: Failure;
  /** True once it could have been begun: from then on its words stand. */
  dispatched: boolean;
  /** Number of the event that settled it; results are numbered in this order. */
  settledSeq?: number;
};

export type FoldedRun = {
  /** How it began; null before its first event was read. */
  started: EventData<"run.started"> | null;
  /** Milliseconds from the first event to the newest whose time is known, by the database's clock; pauses do not count. */
  ageMs: number;
  /** Of that newest event; milliseconds since 1970. */
  seenAt?: number;
  phase: Phase;
  plan?: { goal?: string; steps: string[] };
  turns: FoldedTurn[];
  tasks: Map<string, FoldedTask>;
  failedVerdicts: number;
  /** What its model calls have used. */
  spent: Spending;
  /** True while nothing new may start. */
  paused: boolean;
  /** It has ended: nothing follows. */
  isOver: boolean;
  /** Feedback on what the user's own message held. */
  userFeedback: string[];
};

/** The state of a run from its log. Pure; whoever has read the same events knows the same. */
export function foldRun(events: readonly RunEvent[]): FoldedRun {
  const run = newFold();
  foldEvents(run, events);
  return run;
}

/** A run of which nothing has been read yet. */
export function newFold(): FoldedRun {
  return {
    started: null,
    ageMs: 0,
    phase: "PLANNING",
    turns: [],
    tasks: new Map(),
    failedVerdicts: 0,
    spent: nothingSpent,
    paused: false,
    isOver: false,
    userFeedback: [],
  };
}

/** Takes in the events that follow those it has seen. */
export function foldEvents(run: FoldedRun, events: readonly RunEvent[]): void {
  for (const event of events) {
    grow(run, event);
    apply(run, event);
  }
}

/** What this process wrote itself has no time yet. */
function grow(run: FoldedRun, { at }: RunEvent): void {
  if (at === "") return;
  const time = Date.parse(at);
  if (run.seenAt !== undefined && !run.paused) run.ageMs += Math.max(0, time - run.seenAt);
  run.seenAt = time;
}

function apply(run: FoldedRun, event: RunEvent): void {
  const turn = run.turns.at(-1);
  const task = event.taskId === undefined ? undefined : run.tasks.get(event.taskId);
  switch (event.type) {
    case "run.phase-changed":
      run.phase = event.data.to;
      return;
    case "run.started":
      run.started = event.data;
      return;
    case "run.paused":
    case "run.resumed":
      run.paused = event.type === "run.paused";
      return;
    case "run.completed":
    case "run.failed":
    case "run.cancelled":
      run.isOver = true;
      return;
    case "model.called":
      run.spent = spend(run.spent, event.data);
      return;
    case "turn.started":
      run.turns.push(newTurn(run, event.data.turn, event.data.phase, event.seq));
      return;
    case "text.appended":
      if (!turn) return;
      turn.output += event.data.text;
      if (event.data.text.trim() !== "") turn.hasProse = true;
      if (!event.data.note) turn.answer += event.data.text;
      if (turn.delegated > 0) turn.foretold += event.data.text;
      return;
    case "turn.ended":
      if (!turn) return;
      turn.ended = true;
      turn.interrupted = event.data.finish === "interrupted";
      if (event.data.note) turn.answer = "";
      if (inventsResult(turn.foretold)) turn.feedback.push(inventedResult);
      return;
    case "plan.proposed":
      run.plan = event.data;
      return;
    case "action.accepted":
      if (event.data.author !== "main" || !turn) return;
      turn.output += `${separator(turn.output)}${writeAction(event.data.action)}\n`;
      turn.accepted += 1;
      if (event.data.action.kind === "delegate") turn.delegated += 1;
      if (event.data.action.kind === "verify" && event.data.action.verdict === "fail") run.failedVerdicts += 1;
      return;
    case "action.refused": {
      const words = `Your block ${event.data.block + 1} was refused (${event.data.code}): ${event.data.message}`;
      if (event.data.author === "user") run.userFeedback.push(words);
      else if (event.data.author === "main" && turn) {
        turn.output += `${separator(turn.output)}${event.data.text}\n`;
        turn.refused += 1;
        turn.feedback.push(words);
      }
      return;
    }
    case "action.missed":
      if (!turn) return;
      if (event.data.repeated) return;
      turn.missed += 1;
      turn.feedback.push(event.data.hint);
      return;
    case "task.created":
      if (event.taskId) {
        const created = { id: event.taskId, spec: event.data, status: "pending", dispatched: false } as const;
        run.tasks.set(event.taskId, { ...created });
      }
      return;
    case "task.dispatched":
      if (task) task.dispatched = true;
      return;
    case "task.changed":
      if (task) task.spec = event.data;
      return;
    case "task.claimed":
      if (task) task.status = "in_progress";
      return;
    case "task.retried":
      if (task) task.status = "pending";
      return;
    case "task.reopened":
      if (task) Object.assign(task, { status: "pending", dispatched: false, error: undefined, settledSeq: undefined });
      return;
    case "task.completed":
      if (task) settle(task, "completed", event.seq, { result: event.data.result });
      return;
    case "task.failed":
      if (task) settle(task, "failed", event.seq, { error: event.data.error });
      return;
    case "task.cancelled":
      if (task) settle(task, "cancelled", event.seq, { error: { code: "cancelled", message: event.data.reason } });
      return;
    default:
      return;
  }
}

const inventedResult =
  "Behind a DELEGATE you wrote a result yourself. No agent had answered yet: nothing of it counts. Use only the results that you are given.";

function newTurn(run: FoldedRun, turn: number, phase: Phase, startedSeq: number): FoldedTurn {
  return {
    turn,
    startedIn: phase,
    startedSeq,
    ended: false,
    interrupted: false,
    output: "",
    answer: "",
    hasProse: false,
    accepted: 0,
    delegated: 0,
    refused: 0,
    missed: 0,
    askedForAnswer: phase === "LEARNING" && answerOf(run).trim() === "",
    foretold: "",
    feedback: [],
  };
}

/** What the model was told so far. It is told of the same near miss once: what it writes again after that is its prose. */
export function toldOf(run: FoldedRun): ReadonlySet<string> {
  return new Set(run.turns.flatMap((turn) => turn.feedback));
}

function settle(task: FoldedTask, status: TaskStatus, seq: number, how: Partial<FoldedTask>): void {
  Object.assign(task, how, { status, settledSeq: seq });
}

function separator(output: string): string {
  return output === "" || output.endsWith("\n") ? "" : "\n";
}

/** The answer so far: prose that no note mark took back, over all turns. */
export function answerOf(run: FoldedRun): string {
  return run.turns.map((turn) => turn.answer).join("");
}

/** Settled tasks in the order in which they settled: the order in which evidence is numbered. */
export function settledTasks(run: FoldedRun): FoldedTask[] {
  return [...run.tasks.values()]
    .filter((task) => task.settledSeq !== undefined)
    .sort((left, right) => (left.settledSeq ?? 0) - (right.settledSeq ?? 0));
}

/** Tasks that have failed since the last turn began while others, which need them, have not started. */
export function lostTasks(run: FoldedRun): FoldedTask[] {
  const since = run.turns.at(-1)?.startedSeq ?? 0;
  const lost = [...run.tasks.values()].filter(
    ({ status, spec, settledSeq = 0 }) => status === "failed" && spec.strict && settledSeq > since,
  );
  return lost.filter(({ spec }) => [...run.tasks.values()].some((task) => isHeldUpBy(task, spec.ref)));
}

function isHeldUpBy({ status, dispatched, spec }: FoldedTask, ref: string): boolean {
  const needsIt = spec.condition === undefined || spec.condition === "completed";
  return status === "pending" && !dispatched && needsIt && spec.dependsOn.includes(ref);
}

export function summaryOf(run: FoldedRun): RunSummary {
  const tasks = [...run.tasks.values()];
  return {
    phase: run.phase,
    turns: run.turns.length,
    tasks: tasks.length,
    openTasks: tasks.filter((task) => task.settledSeq === undefined).length,
    hasLoss: lostTasks(run).length > 0,
    fruitlessTurns: fruitlessTurns(run.turns),
    answered: answerOf(run).trim() !== "",
    last: turnSummary(run.turns.at(-1)),
  };
}

function turnSummary(turn: FoldedTurn | undefined): TurnSummary | null {
  if (!turn) return null;
  const { startedIn, interrupted, accepted, delegated, refused, missed, hasProse, askedForAnswer } = turn;
  return { startedIn, interrupted, accepted, delegated, refused, missed, hasProse, askedForAnswer };
}

function fruitlessTurns(turns: readonly FoldedTurn[]): number {
  let count = 0;
  for (const turn of turns) {
    if (turn.interrupted) continue;
    const movedOn = turn.accepted > 0 || (turn.startedIn === "EXECUTING" && turn.refused + turn.missed === 0);
    count = movedOn ? 0 : count + 1;
  }
  return count;
}
