import type { TaskPart } from "#/lib/chat/parts.ts";
import type { EventOf, RunEvent } from "#/lib/protocol/event.ts";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** The events that change what is shown of a task. */
export type TaskEvent = Extract<RunEvent, { type: `task.${string}` | "auction.decided" | "model.called" }>;

/** A task that was delegated just now. `parentId`: the task that it is a part of. */
export function newTask(taskId: string, event: EventOf<"task.created">, parentId: string | undefined): TaskPart {
  const words = wordsOf(event.data);
  return { taskId, ...words, ...(parentId && { parentId }), status: "pending", attempt: 0, createdAt: event.at };
}

/** The reference of the task that one with this reference is a part of: `t1` for `t1.v2`, `t1.s1` for `t1.s1.s2`. */
export function parentRefOf(ref: string): string | null {
  const dot = ref.lastIndexOf(".");
  return dot === -1 ? null : ref.slice(0, dot);
}

/** The task behind an event. `evidence`: that of its result, as it is numbered in the run, when it has completed just now. */
export function changedTask(part: TaskPart, event: TaskEvent, evidence: readonly NumberedEvidence[]): TaskPart {
  const { activity: _, standIn, ...rest } = part;
  switch (event.type) {
    case "task.changed":
      return { ...withoutWords(part), ...wordsOf(event.data) };
    case "task.dispatched":
      return { ...part, dispatched: true };
    case "task.claimed":
      return { ...rest, status: "in_progress", attempt: event.data.attempt, startedAt: part.startedAt ?? event.at };
    case "task.slow":
      return { ...part, slow: event.data };
    case "task.rerouted":
      return { ...part, standIn: event.data.to };
    case "task.progressed":
      return { ...part, activity: event.data.text };
    case "auction.decided":
      return { ...part, auction: auctionSoFar(part, event) };
    case "model.called":
      return event.data.costUsd ? { ...part, costUsd: (part.costUsd ?? 0) + event.data.costUsd } : part;
    case "task.retried":
      return { ...rest, status: "pending", error: event.data.reason };
    case "task.reopened":
      return begunAnew(part);
    case "task.completed":
      return completed({ ...rest, ...(standIn && { standIn }) }, event, evidence);
    case "task.failed": {
      const { error, attempts, dead } = event.data;
      return { ...rest, status: "failed", attempt: attempts, endedAt: event.at, error, ...(dead && { dead }) };
    }
    case "task.cancelled": {
      const error = { code: "cancelled", message: event.data.reason };
      return { ...rest, status: "cancelled", endedAt: event.at, error };
    }
    case "task.created":
      return part;
  }
}

/** A task that has given its work to parts of its own: no process holds it. */
export function waitingForParts(part: TaskPart): TaskPart {
  const { activity: _, ...rest } = part;
  return { ...rest, status: "waiting" };
}

type Words = Omit<TaskSpec, "priority" | "timeoutMs" | "input" | "attempts">;

function wordsOf(spec: TaskSpec): Words {
  const { priority: _, timeoutMs: __, input: ___, attempts: ____, ...words } = spec;
  return words;
}

function withoutWords(task: TaskPart) {
  const { part, aggregate, voters, minAgreement, complexity, routing, estimate, agentPriority, condition, ...kept } =
    task;
  return kept;
}

function begunAnew(task: TaskPart): TaskPart {
  const { standIn, dispatched, slow, activity, startedAt, endedAt, auction, result, error, dead, ...kept } = task;
  return { ...kept, status: "pending", attempt: 0 };
}

function auctionSoFar({ auction }: TaskPart, { data }: EventOf<"auction.decided">): NonNullable<TaskPart["auction"]> {
  const { round, winner, reasons } = data;
  const earlier = (auction?.bids ?? []).filter((bid) => bid.round !== round);
  return { rounds: round, bids: [...earlier, ...data.bids], winner: winner === "main" ? null : winner, reasons };
}

function completed(task: TaskPart, event: EventOf<"task.completed">, evidence: readonly NumberedEvidence[]): TaskPart {
  const { error: _, auction, ...clean } = task;
  const { result } = event.data;
  const bids = result.auction === undefined && auction !== undefined ? { auction } : {};
  const shown = { ...result, evidence: [...evidence] };
  return { ...clean, ...bids, status: "completed", endedAt: event.at, result: shown };
}
