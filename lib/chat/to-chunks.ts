import type { InferUIMessageChunk } from "ai";
import { EvidenceNumbers } from "#/lib/actions/evidence.ts";
import { inventsResult } from "#/lib/actions/invented-result.ts";
import { changedBoard } from "#/lib/chat/board-part.ts";
import { ConflictFold } from "#/lib/chat/conflict-parts.ts";
import { EstimateFold } from "#/lib/chat/estimate-part.ts";
import type { BoardPart, DeputyMessage, NoticePart, PhasePart, RunPart, TaskPart } from "#/lib/chat/parts.ts";
import { messageIdOf } from "#/lib/chat/parts.ts";
import { changedTask, newTask, parentRefOf, type TaskEvent, waitingForParts } from "#/lib/chat/task-part.ts";
import type { EventOf, RunEvent } from "#/lib/protocol/event.ts";
import type { NumberedEvidence, TaskResult } from "#/lib/protocol/result.ts";
import type { RunStatus } from "#/lib/protocol/task.ts";

export type DeputyChunk = InferUIMessageChunk<DeputyMessage>;

/**
 * The one fold from a run's events to the assistant message that people see, as chunks of the AI SDK's UI message stream:
 * the live page, a stock `useChat`, and a reload all go through it. Feed it the events of one run in order.
 *
 *   a turn             one step
 *   the answer         text parts
 *   a working note     reasoning parts; prose of PLANNING that turns out to be a note is taken back (`reset-step`) and sent
 *                      again as one
 *   everything else    data parts, written again with the same id when they change (lib/chat/parts.ts)
 *   what a person      a notice: a pause, another model or agent than the one that was asked, a task that is tried again
 *   should notice
 *   sources            one `source-url` for each number
 *   the end            `finish`; a failed run ends with `error`, a cancelled one with `abort`
 */
export class MessageFold {
  #run: RunPart | undefined;
  #phase: PhasePart = { current: "PLANNING", history: [] };
  #tasks = new Map<string, TaskPart>();
  /** Ids of the tasks by their references. */
  #ids = new Map<string, string>();
  #board: BoardPart = { notes: [] };
  #conflicts = new ConflictFold();
  #estimate = new EstimateFold();
  readonly #evidence = new EvidenceNumbers();
  #sources = 0;
  #open: { kind: "text" | "reasoning"; id: string; text: string } | undefined;
  #parts = 0;
  #turn = 0;
  /** Set while a turn that began in PLANNING has shown prose that may still turn out to be the answer. */
  #candidate = false;
  #inStep = false;
  /** What was shown beside a candidate: taking it back takes these with it, so they are sent again. */
  #beside: DeputyChunk[] = [];
  /** Prose behind the turn's first DELEGATE. */
  #foretold: string | undefined;

  push(event: RunEvent): DeputyChunk[] {
    const chunks = [...this.#fold(event), ...this.#estimated(event)];
    if (this.#candidate) this.#beside.push(...chunks.filter(({ type }) => besideProse.has(type)));
    return chunks;
  }

  #fold(event: RunEvent): DeputyChunk[] {
    switch (event.type) {
      case "run.started":
        return this.#start(event);
      case "run.phase-changed":
        this.#phase = {
          current: event.data.to,
          history: [...this.#phase.history, { phase: event.data.to, at: event.at }],
        };
        return [{ type: "data-phase", id: "phase", data: this.#phase }];
      case "turn.started":
        this.#turn = event.data.turn;
        this.#candidate = event.data.phase === "PLANNING" && this.#open === undefined;
        this.#inStep = true;
        this.#foretold = undefined;
        this.#beside = [];
        return [{ type: "start-step" }];
      case "text.appended":
        if (this.#foretold !== undefined) this.#foretold += event.data.text;
        return this.#append(event.data.note ? "reasoning" : "text", event.data.text);
      case "turn.ended":
        return this.#endTurn(event);
      case "plan.proposed":
        return [{ type: "data-plan", id: "plan", data: event.data }];
      case "action.accepted":
        if (event.data.author === "user") return [];
        if (event.data.action.kind === "delegate") this.#foretold ??= "";
        return this.#takeBackCandidate();
      case "action.refused": {
        const { turn, block, code, message, text, author } = event.data;
        const id = `refused-${turn}-${block}`;
        return [
          ...this.#takeBackIf(author === "main"),
          { type: "data-refusal", id, data: { code, message, text, author } },
        ];
      }
      case "action.ignored": {
        const { turn, block, reason, text } = event.data;
        return [{ type: "data-ignored", id: `ignored-${turn}-${block}`, data: { reason, text } }];
      }
      case "action.missed": {
        const { hint, text, repeated } = event.data;
        return [
          ...this.#takeBackIf(!repeated),
          { type: "data-missed", id: `missed-${event.seq}`, data: { hint, text } },
        ];
      }
      case "plan.changed":
        return [{ type: "data-change", id: `changed-${event.seq}`, data: event.data }];
      case "note.posted":
      case "note.retracted":
        return this.#note(event);
      case "task.created":
        return this.#create(event);
      case "task.changed":
      case "task.dispatched":
      case "task.claimed":
      case "task.progressed":
      case "task.slow":
      case "task.retried":
      case "task.reopened":
      case "task.rerouted":
      case "task.completed":
      case "task.failed":
      case "task.cancelled":
      case "auction.decided":
        return this.#task(event);
      case "model.called":
        return event.data.costUsd ? this.#task(event) : [];
      case "model.switched": {
        const { from, to, reason } = event.data;
        return [notice(event, { text: `The model ${to} was asked instead of ${from}. ${reason}` })];
      }
      case "run.paused":
      case "run.resumed":
        return this.#pause(event);
      case "lesson.learned": {
        const { lessonId, lesson, tags } = event.data;
        return [{ type: "data-lesson", id: lessonId, data: { lesson, tags } }];
      }
      case "run.completed":
        return [...this.#end("completed", event.at), { type: "finish", finishReason: "stop" }];
      case "run.failed":
        return [
          ...this.#end("failed", event.at, event.data.error),
          { type: "error", errorText: event.data.error.message },
        ];
      case "run.cancelled": {
        const { reason } = event.data;
        return [...this.#end("cancelled", event.at, { code: "cancelled", message: reason }), { type: "abort", reason }];
      }
      default:
        return [];
    }
  }

  #start(event: EventOf<"run.started">): DeputyChunk[] {
    const { runId, at: startedAt } = event;
    this.#run = { runId, status: "active", offline: event.data.offline, startedAt };
    this.#phase = { current: "PLANNING", history: [{ phase: "PLANNING", at: startedAt }] };
    const { retryOf } = event.data;
    const again = { text: "This run tries a task again that failed in an earlier one.", runId: retryOf?.runId };
    return [
      { type: "start", messageId: messageIdOf(runId), messageMetadata: { runId, startedAt } },
      { type: "data-run", id: "run", data: this.#run },
      { type: "data-phase", id: "phase", data: this.#phase },
      ...(retryOf === undefined ? [] : [notice(event, again)]),
    ];
  }

  #pause(event: EventOf<"run.paused"> | EventOf<"run.resumed">): DeputyChunk[] {
    if (!this.#run) return [];
    const { paused: _, ...run } = this.#run;
    const since = event.type === "run.paused" ? { at: event.at, reason: event.data.reason } : undefined;
    this.#run = since === undefined ? run : { ...run, paused: since };
    return [{ type: "data-run", id: "run", data: this.#run }, notice(event, { text: pauseSentence(event) })];
  }

  #append(kind: "text" | "reasoning", delta: string): DeputyChunk[] {
    const chunks: DeputyChunk[] = [];
    if (this.#open?.kind !== kind) {
      chunks.push(...this.#closePart());
      // Blank lines between two blocks are no prose to show.
      if (delta.trim() === "") return chunks;
      this.#parts += 1;
      this.#open = { kind, id: `${kind}-${this.#parts}`, text: "" };
      chunks.push({ type: `${kind}-start`, id: this.#open.id, providerMetadata: this.#mark(kind) });
    }
    this.#open.text += delta;
    chunks.push({ type: `${kind}-delta`, id: this.#open.id, delta });
    return chunks;
  }

  #mark(kind: "text" | "reasoning") {
    return { deputy: { turn: this.#turn, note: kind === "reasoning" } };
  }

  #closePart(): DeputyChunk[] {
    if (!this.#open) return [];
    const { kind, id } = this.#open;
    this.#open = undefined;
    return [{ type: `${kind}-end`, id }];
  }

  #takeBackIf(applies: boolean): DeputyChunk[] {
    return applies ? this.#takeBackCandidate() : [];
  }

  /** A block shows that the prose before it in this PLANNING turn was not the answer. */
  #takeBackCandidate(): DeputyChunk[] {
    if (!this.#candidate) return [];
    this.#candidate = false;
    if (this.#open?.kind !== "text") return [];
    const { text } = this.#open;
    this.#open = undefined;
    return [{ type: "reset-step" }, ...this.#beside, ...this.#append("reasoning", text), ...this.#closePart()];
  }

  #endTurn(event: EventOf<"turn.ended">): DeputyChunk[] {
    const { finish, note, reason } = event.data;
    const chunks = note ? this.#takeBackCandidate() : [];
    this.#candidate = false;
    // An answer that was cut off is gone on with in the next turn, in the same part.
    const goesOn = finish === "interrupted" && this.#open?.kind === "text";
    if (inventsResult(this.#foretold ?? "")) {
      const text =
        "Behind its delegations the model wrote results itself, before any agent had answered: they are made up.";
      chunks.push({ type: "data-notice", id: `invented-${event.data.turn}`, data: { text } });
    }
    if (!goesOn) chunks.push(...this.#closeStep());
    if (finish === "interrupted") {
      const text = `Turn ${event.data.turn} was cut off: ${reason ?? "the reason is not known."}`;
      chunks.push({ type: "data-notice", id: `notice-${event.seq}`, data: { text } });
    }
    return chunks;
  }

  #closeStep(): DeputyChunk[] {
    const chunks = this.#closePart();
    if (this.#inStep) chunks.push({ type: "finish-step" });
    this.#inStep = false;
    return chunks;
  }

  #create(event: EventOf<"task.created">): DeputyChunk[] {
    const taskId = event.taskId ?? "";
    const parentRef = event.data.part === undefined ? null : parentRefOf(event.data.ref);
    const parent = parentRef === null ? undefined : this.#tasks.get(this.#ids.get(parentRef) ?? "");
    this.#ids.set(event.data.ref, taskId);
    const chunks = [this.#putTask(newTask(taskId, event, parent?.taskId))];
    const waits = parent?.status === "in_progress";
    return waits ? [this.#putTask(waitingForParts(parent)), ...chunks] : chunks;
  }

  #putTask(part: TaskPart): DeputyChunk {
    this.#tasks.set(part.taskId, part);
    return { type: "data-task", id: part.taskId, data: part };
  }

  #task(event: TaskEvent): DeputyChunk[] {
    const taskId = event.taskId ?? "";
    const known = this.#tasks.get(taskId);
    if (known === undefined) return [];
    const evidence = event.type === "task.completed" ? this.#evidence.next(event.data.result) : [];
    const sources = this.#newSources(evidence);
    const part = changedTask(known, event, evidence);
    const said = taskNotice(event, part.ref);
    const notices = said === null ? [] : [notice(event, { text: said })];
    const conflicts = event.type === "task.completed" ? this.#compare(part, event.data.result) : [];
    return [this.#putTask(part), ...sources, ...notices, ...conflicts];
  }

  #compare(part: TaskPart, result: TaskResult): DeputyChunk[] {
    return this.#conflicts
      .push(part, result)
      .map(({ n, conflict }) => ({ type: "data-conflict", id: `conflict-${n}`, data: conflict }));
  }

  #estimated(event: RunEvent): DeputyChunk[] {
    const data = this.#estimate.push(event, this.#tasks);
    return data === null ? [] : [{ type: "data-estimate", id: "estimate", data }];
  }

  #note(event: EventOf<"note.posted"> | EventOf<"note.retracted">): DeputyChunk[] {
    this.#board = changedBoard(this.#board, event, this.#tasks.get(event.taskId ?? ""));
    return [{ type: "data-board", id: "board", data: this.#board }];
  }

  #newSources(evidence: readonly NumberedEvidence[]): DeputyChunk[] {
    const fresh = evidence.filter(
      ({ n }, index) => n > this.#sources && evidence.findIndex((other) => other.n === n) === index,
    );
    this.#sources = Math.max(this.#sources, ...evidence.map(({ n }) => n));
    return fresh.map(({ n, source }) => ({
      type: "source-url",
      sourceId: String(n),
      url: source.url,
      title: [source.title, ...source.heading.slice(-1)].join(" · "),
    }));
  }

  #end(status: RunStatus, endedAt: string, error?: RunPart["error"]): DeputyChunk[] {
    const chunks = this.#closeStep();
    if (!this.#run) return chunks;
    const { paused: _, ...run } = this.#run;
    this.#run = { ...run, status, endedAt, ...(error && { error }) };
    return [...chunks, { type: "data-run", id: "run", data: this.#run }];
  }
}

const besideProse = new Set<DeputyChunk["type"]>([
  "data-notice",
  "data-ignored",
  "data-missed",
  "data-task",
  "data-estimate",
  "data-board",
  "data-change",
  "data-conflict",
  "source-url",
]);

function notice({ seq }: RunEvent, data: NoticePart): DeputyChunk {
  return { type: "data-notice", id: `notice-${seq}`, data };
}

function pauseSentence(event: EventOf<"run.paused"> | EventOf<"run.resumed">): string {
  const who = event.data.by === "user" ? "by you" : "by the system";
  if (event.type === "run.resumed") return `Resumed ${who}.`;
  return `Paused ${who}.${event.data.reason ? ` ${event.data.reason}` : ""}`;
}

/** Null for what the task's own card shows. */
function taskNotice(event: TaskEvent, ref: string): string | null {
  if (event.type === "task.reopened") return `Task ${ref} is tried again, as you asked.`;
  if (event.type !== "task.rerouted") return null;
  const { from, to, reason } = event.data;
  return `Task ${ref} went to the ${to} agent instead of the ${from} agent. ${reason}`;
}
