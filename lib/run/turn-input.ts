import { randomUUID } from "node:crypto";
import { numberEvidence } from "#/lib/actions/evidence.ts";
import { foreignTexts } from "#/lib/actions/taint.ts";
import { MOST_FAILED_VERDICTS } from "#/lib/machine/next-step.ts";
import { agentTypes } from "#/lib/protocol/agent.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";
import type { TurnInput, TurnTask } from "#/lib/protocol/turn.ts";
import type { Context } from "#/lib/run/context.ts";
import { answerOf, type FoldedRun, type FoldedTask, foldRun, lostTasks, settledTasks } from "#/lib/run/fold-run.ts";
import { conflictsInRun } from "#/lib/run/run-conflicts.ts";
import { listMessagesById } from "#/lib/store/conversations.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";
import { findLessons } from "#/lib/store/lessons.ts";
import { listRunsOfConversation, type Run } from "#/lib/store/runs.ts";

const EARLIER_RUNS = 10;
const MOST_LESSONS = 3;
const MOST_KNOWN = 256;

/** What does not change between the turns of a run: read once, when a worker takes the run up. */
export type RunSetting = Pick<TurnInput, "message" | "history" | "agents" | "lessons">;

export async function readSetting(context: Context, runId: string, run: FoldedRun): Promise<RunSetting> {
  const { db } = context.store;
  const { text = "", conversationId = "" } = run.started ?? {};
  const [history, registered, lessons] = await Promise.all([
    readHistory(context, runId, conversationId),
    context.registry.read(),
    findLessons(db, text, MOST_LESSONS),
  ]);
  const agents = agentTypes.map((type) => {
    const card = registered.find((known) => known.type === type)?.card;
    const capabilities = card?.capabilities.map(({ name }) => name) ?? [];
    const description = card?.description ?? "Not registered yet.";
    return { type, description, registered: card !== undefined, capabilities };
  });
  return { message: text, history, agents, lessons };
}

/** The settings of the runs that this process has taken up lately: a run that waited goes on without reading again. */
export class Settings {
  readonly #known = new Map<string, RunSetting>();

  async of(context: Context, runId: string, run: FoldedRun): Promise<RunSetting> {
    const known = this.#known.get(runId);
    if (known !== undefined) return known;
    const setting = await readSetting(context, runId, run);
    this.#known.set(runId, setting);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return setting;
  }
}

/** Everything that one turn is told, from the log so far. */
export function turnInput(
  context: Context,
  setting: RunSetting,
  run: FoldedRun,
  ask: { turn: number; answerMissing: boolean },
): TurnInput {
  const last = run.turns.at(-1);
  const { budgets } = context.env;
  return {
    ...setting,
    ...ask,
    phase: run.phase,
    orchestration: context.env.orchestration,
    lost: lostTasks(run).map(({ spec }) => spec.ref),
    answerCutOff: last?.interrupted === true && isAnswering(run.phase) && answerOf(run).trim() !== "",
    ...(run.plan && { plan: run.plan }),
    tasks: turnTasks(run),
    conflicts: run.phase === "EXECUTING" ? [] : conflictsInRun(run),
    outputs: run.turns.map(({ turn, startedIn, output, interrupted }) => ({
      turn,
      phase: startedIn,
      text: output,
      interrupted,
    })),
    feedback: last ? last.feedback : run.userFeedback,
    left: {
      tasks: Math.max(0, budgets.tasks - run.tasks.size),
      turns: Math.max(0, budgets.turns - run.turns.length),
      failedVerdicts: Math.max(0, MOST_FAILED_VERDICTS - run.failedVerdicts),
    },
    nonce: randomUUID().replaceAll("-", "").slice(0, 16),
  };
}

/** Prose of these phases may be the answer. */
function isAnswering(phase: Phase): boolean {
  return phase === "PLANNING" || phase === "LEARNING";
}

function turnTasks(run: FoldedRun): TurnTask[] {
  const evidence = evidenceByTask(run);
  // What a group's own tasks brought stands in the group's result.
  const told = [...run.tasks.values()].filter(({ spec }) => spec.part === undefined);
  return told.map(({ id, spec, status, result, error }) => ({
    ref: spec.ref,
    agent: spec.agent,
    task: spec.task,
    author: spec.author,
    status,
    mode: spec.mode,
    dependsOn: spec.dependsOn,
    ...(result && {
      result: { ...result, evidence: evidence.get(id) ?? [] },
    }),
    ...(error && { error }),
  }));
}

/** The run's evidence with its numbers, by the task that brought it. */
export function evidenceByTask(run: FoldedRun): Map<string, readonly NumberedEvidence[]> {
  const completed = settledTasks(run).filter(hasResult);
  const numbered = numberEvidence(completed.map((task) => task.result));
  return new Map(completed.map((task, index) => [task.id, numbered[index] ?? []]));
}

function hasResult(task: FoldedTask): task is FoldedTask & { result: NonNullable<FoldedTask["result"]> } {
  return task.result !== undefined;
}

/** Texts of this run that nobody here wrote: what a TASK must not repeat. */
export function untrustedTexts(run: FoldedRun, setting: RunSetting): string[] {
  const results = [...run.tasks.values()].flatMap(({ result }) => (result ? foreignTexts(result) : []));
  return [...results, ...setting.lessons];
}

async function readHistory(context: Context, runId: string, conversationId: string): Promise<TurnInput["history"]> {
  const { db } = context.store;
  const all = await listRunsOfConversation(db, conversationId);
  const own = all.find((run) => run.id === runId);
  const before = all.slice(0, own === undefined ? all.length : all.indexOf(own));
  const earlier = newestPerMessage(before.filter((other) => other.messageId !== own?.messageId));
  const runs = earlier.slice(-EARLIER_RUNS);
  const [messages, logs] = await Promise.all([
    listMessagesById(
      db,
      runs.map((other) => other.messageId),
    ),
    readEventsOfRuns(
      db,
      runs.map((other) => other.id),
      ["turn.started", "text.appended", "turn.ended"],
    ),
  ]);
  const textOf = new Map(messages.map((message) => [message.id, message.text]));
  return runs.flatMap((other) => {
    const answer = answerOf(foldRun(logs.get(other.id) ?? [])).trim();
    const said = { role: "user" as const, text: textOf.get(other.messageId) ?? "" };
    return answer === "" ? [said] : [said, { role: "assistant" as const, text: answer }];
  });
}

/** A message that was tried again counts with its last try. */
function newestPerMessage(runs: readonly Run[]): Run[] {
  const newest = new Map<string, Run>();
  for (const run of runs) newest.set(run.messageId, run);
  return [...newest.values()];
}
