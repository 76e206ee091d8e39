import type { InferUIMessageChunk } from "ai";
import { numberEvidence } from "#/lib/actions/evidence.ts";
import { inventsResult } from "#/lib/actions/invented-result.ts";
import type { DeputyMessage, PhasePart, RunPart, TaskPart } from "#/lib/chat/parts.ts";
import { messageIdOf } from "#/lib/chat/parts.ts";
import type { EventOf, RunEvent } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
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
 *   sources            one `source-url` for each number
 *   the end            `finish`; a failed run ends with `error`, a cancelled one with `abort`
 */
export class MessageFold {
  #run: RunPart | undefined;
  #phase: PhasePart = { current: "PLANNING", history: [] };
  #tasks = new Map<string, TaskPart>();
  #results: TaskResult[] = [];
  #sources = 0;
  #open: { kind: "text" | "reasoning"; id: string; text: string } | undefined;
  #parts = 0;
  #turn = 0;
  /** Set while a turn that began in PLANNING has shown prose that may still turn out to be the answer. */
  #candidate = false;
  #inStep = false;
  /** Prose behind the turn's first DELEGATE. */
  #foretold: string | undefined;

  push(event: RunEvent): DeputyChunk[] {
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
      case "task.created":
      case "task.claimed":
      case "task.progressed":
      case "task.retried":
      case "task.completed":
      case "task.failed":
      case "task.cancelled":
        return this.#task(event);
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
    return [
      { type: "start", messageId: messageIdOf(runId), messageMetadata: { runId, startedAt } },
      { type: "data-run", id: "run", data: this.#run },
      { type: "data-phase", id: "phase", data: this.#phase },
    ];
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
    return [{ type: "reset-step" }, ...this.#append("reasoning", text), ...this.#closePart()];
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

  #task(event: TaskEvent): DeputyChunk[] {
    const taskId = event.taskId ?? "";
    if (event.type === "task.created") this.#tasks.set(taskId, newTask(taskId, event));
    const known = this.#tasks.get(taskId);
    if (known === undefined) return [];
    const sources = event.type === "task.completed" ? this.#takeResult(event.data.result) : [];
    const part = changedTask(known, event, this.#results);
    this.#tasks.set(taskId, part);
    return [{ type: "data-task", id: taskId, data: part }, ...sources];
  }

  #takeResult(result: TaskResult): DeputyChunk[] {
    this.#results = [...this.#results, result];
    const numbered = numberEvidence(this.#results).at(-1) ?? [];
    const fresh = numbered.filter(
      ({ n }, index) => n > this.#sources && numbered.findIndex((other) => other.n === n) === index,
    );
    this.#sources = Math.max(this.#sources, ...numbered.map(({ n }) => n));
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
    this.#run = { ...this.#run, status, endedAt, ...(error && { error }) };
    return [...chunks, { type: "data-run", id: "run", data: this.#run }];
  }
}

type TaskEvent = Extract<RunEvent, { type: `task.${string}` }>;

function newTask(taskId: string, event: EventOf<"task.created">): TaskPart {
  const { ref, agent, task, author, dependsOn } = event.data;
  return { taskId, ref, agent, task, author, dependsOn, status: "pending", attempt: 0, createdAt: event.at };
}

function changedTask(part: TaskPart, event: TaskEvent, results: readonly TaskResult[]): TaskPart {
  const { activity: _, ...rest } = part;
  switch (event.type) {
    case "task.claimed":
      return { ...rest, status: "in_progress", attempt: event.data.attempt, startedAt: part.startedAt ?? event.at };
    case "task.progressed":
      return { ...part, activity: event.data.text };
    case "task.retried":
      return { ...rest, status: "pending", error: event.data.reason };
    case "task.completed": {
      const { error: __, ...clean } = rest;
      const { text, plan, page, artifacts } = event.data.result;
      const evidence = [...(numberEvidence(results).at(-1) ?? [])];
      const result = { text, evidence, ...(plan && { plan }), ...(page && { page }), artifacts };
      return { ...clean, status: "completed", endedAt: event.at, result };
    }
    case "task.failed":
      return { ...rest, status: "failed", endedAt: event.at, error: event.data.error };
    case "task.cancelled":
      return {
        ...rest,
        status: "cancelled",
        endedAt: event.at,
        error: { code: "cancelled", message: event.data.reason },
      };
    default:
      return part;
  }
}
