import { createHash } from "node:crypto";
import { after } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import { type Board, NewNote, type Note } from "#/lib/protocol/orchestration.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { type BoardNotes, foldNotes, noteEvents } from "#/lib/run/fold-notes.ts";
import { followRun } from "#/lib/run/follow-run.ts";
import { changeOpenRun } from "#/lib/run/pause-run.ts";
import { faultsIn } from "#/lib/run/schema-faults.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";
import { findRun } from "#/lib/store/runs.ts";

/** Notes of one run, retracted ones included. Those that are posted at the same moment may go beyond it by one each. */
const MOST_NOTES = 500;

/**
 * What the author leaves on the board is fenced by its claim, so a repeated attempt finds all that the one before it left.
 * `changed` gives false at once when the signal aborts.
 */
export function boardOf(context: Context, task: ClaimedTask, signal?: AbortSignal): Board {
  const write: Write = async (event) => {
    await changeHeldRun(context, task, (change) => {
      change.events.push({ ...event, taskId: task.id, agent: task.agent });
    });
  };
  return new RunBoard(context, { runId: task.runId, taskId: task.id }, write, signal);
}

/** Throws `run-ended` where something is posted behind the run's end. */
export function programBoard(context: Context, runId: string): Board {
  const write: Write = (event) => changeOpenRun(context, runId, (change) => void change.events.push(event));
  return new RunBoard(context, { runId }, write);
}

/** What stands on the board of a run. Throws `run-unknown`. */
export async function readBoard(context: Context, runId: string): Promise<readonly Note[]> {
  const { notes } = await readNotes(context, runId);
  if (notes.length === 0 && (await findRun(context.store.db, runId)) === null) {
    throw new DeputyError("run-unknown", `There is no run ${runId}. \`deputy runs\` lists the runs.`);
  }
  return notes.map(({ note }) => note);
}

type NoteEvent = Extract<NewEvent, { type: "note.posted" | "note.retracted" }>;
type Write = (event: NoteEvent) => Promise<void>;
type Author = { readonly runId: string; readonly taskId?: string };

class RunBoard implements Board {
  readonly #context: Context;
  readonly #author: Author;
  readonly #write: Write;
  readonly #signal: AbortSignal | undefined;
  /** Number of the event up to which news are known. */
  #seen = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: Context, author: Author, write: Write, signal?: AbortSignal) {
    this.#context = context;
    this.#author = author;
    this.#write = write;
    this.#signal = signal;
  }

  async read(): Promise<readonly Note[]> {
    const { notes, seq } = await this.#notes();
    this.#seen = Math.max(this.#seen, seq);
    return notes.map(({ note }) => note);
  }

  post(note: NewNote): Promise<string> {
    return this.#inTurn(async () => {
      const given = noteFrom(note);
      const noteId = idOf(this.#author, given);
      const { notes } = await this.#notes();
      if (notes.some((known) => known.note.id === noteId)) return noteId;
      if (notes.length >= MOST_NOTES) throw full();
      await this.#write({ type: "note.posted", data: { ...given, noteId } });
      return noteId;
    });
  }

  retract(noteId: string): Promise<void> {
    return this.#inTurn(async () => {
      const { notes } = await this.#notes();
      const known = notes.find(({ note }) => note.id === noteId);
      if (known === undefined || known.taskId !== this.#author.taskId) throw notYours(noteId);
      if (!known.note.retracted) await this.#write({ type: "note.retracted", data: { noteId } });
    });
  }

  async changed(atMostMs: number): Promise<boolean> {
    const deadline = new AbortController();
    const cancel = after(atMostMs, () => deadline.abort());
    try {
      const { runId, taskId } = this.#author;
      const signal = this.#signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, this.#signal]);
      for await (const events of followRun(this.#context, runId, this.#seen, signal)) {
        if (events.some((event) => isNote(event.type) && event.taskId !== taskId)) return true;
        this.#seen = Math.max(this.#seen, events.at(-1)?.seq ?? 0);
      }
      return false;
    } finally {
      cancel();
    }
  }

  #notes(): Promise<BoardNotes> {
    return readNotes(this.#context, this.#author.runId);
  }

  /** What one author writes is written one after the other, so that two calls at once do not post the same note twice. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

async function readNotes(context: Context, runId: string): Promise<BoardNotes> {
  const logs = await readEventsOfRuns(context.store.db, [runId], noteEvents);
  return foldNotes(logs.get(runId) ?? []);
}

function isNote(type: string): boolean {
  return type === "note.posted" || type === "note.retracted";
}

function noteFrom(given: NewNote): NewNote {
  const read = NewNote.safeParse(given);
  if (read.success) return read.data;
  const faults = faultsIn(read.error, given).map(({ path, message }) => `${path}: ${message}`);
  throw new DeputyError("bad-note", `The note cannot be posted. ${faults.join(" ")}`);
}

function idOf({ runId, taskId }: Author, { kind, text }: NewNote): string {
  return createHash("sha256")
    .update(JSON.stringify([taskId ?? runId, kind, text]))
    .digest("hex")
    .slice(0, 32);
}

function full(): DeputyError {
  return new DeputyError("budget", `The board of the run holds ${MOST_NOTES} notes, which is the limit.`);
}

function notYours(noteId: string): DeputyError {
  return new DeputyError("not-your-note", `Note ${noteId} was not posted by you; only the own notes can be retracted.`);
}
