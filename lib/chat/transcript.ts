import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { DeadReason, Failure, RunStatus, TaskStatus } from "#/lib/protocol/task.ts";
import type { Context } from "#/lib/run/context.ts";
import { answerOf, foldRun } from "#/lib/run/fold-run.ts";
import { readEvents } from "#/lib/store/events.ts";
import { findRun, listRuns as listRows, type Run } from "#/lib/store/runs.ts";
import { listTasks } from "#/lib/store/tasks.ts";

export type RunView = {
  id: string;
  conversationId: string;
  messageId: string;
  status: RunStatus;
  phase: Phase;
  lastSeq: number;
  createdAt: string;
  endedAt: string | null;
  error: Failure | null;
  /** Nothing new of it starts. */
  paused: boolean;
};

export type RunState = RunView & {
  answer: string;
  tasks: {
    id: string;
    ref: string;
    agent: string;
    task: string;
    status: TaskStatus;
    attempt: number;
    error: Failure | null;
    /** Set while it is a dead letter. */
    dead: DeadReason | null;
  }[];
};

/** State of a run, its delegated tasks included; null when unknown. */
export async function readRun(context: Context, runId: string): Promise<RunState | null> {
  const { db } = context.store;
  const run = await findRun(db, runId);
  if (run === null) return null;
  const [rows, events] = await Promise.all([listTasks(db, runId), readEvents(db, runId)]);
  const folded = foldRun(events);
  const tasks = rows
    .filter((task) => task.parentId !== null)
    .map(({ id, ref, agent, status, attempt, error, dead }) => {
      return { id, ref, agent, task: folded.tasks.get(id)?.spec.task ?? "", status, attempt, error, dead };
    });
  return { ...viewOf(run), answer: answerOf(folded).trim(), tasks };
}

export type Transcript = { run: RunView; events: RunEvent[] };

/** The run's events in order, as they were recorded; null when unknown. */
export async function readTranscript(context: Context, runId: string, after = 0): Promise<Transcript | null> {
  const run = await findRun(context.store.db, runId);
  if (run === null) return null;
  return { run: viewOf(run), events: await readEvents(context.store.db, runId, after) };
}

/** Newest first. */
export async function listRuns(context: Context, limit: number) {
  const rows = await listRows(context.store.db, limit);
  return rows.map(({ run, text }) => ({ ...viewOf(run), text }));
}

function viewOf(run: Run): RunView {
  const { id, conversationId, messageId, status, phase, lastSeq, error } = run;
  const createdAt = new Date(run.createdAt).toISOString();
  const endedAt = run.endedAt === null ? null : new Date(run.endedAt).toISOString();
  return {
    id,
    conversationId,
    messageId,
    status,
    phase,
    lastSeq,
    createdAt,
    endedAt,
    error,
    paused: run.pausedAt !== null,
  };
}
