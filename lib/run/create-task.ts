import { createHash } from "node:crypto";
import { now } from "#/lib/clock.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { prepareTask, type TaskWords } from "#/lib/run/prepare-task.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { storable } from "#/lib/store/storable.ts";

export type TaskOrder = {
  readonly parentId: string;
  readonly turn: number;
  readonly block: number;
  readonly spec: TaskWords;
  /** Ids of the tasks it runs after. */
  readonly dependsOn: readonly string[];
  /** Number of the event that warrants it; null when the `task.created` event itself does, for a program's task. */
  readonly acceptedSeq: number | null;
};

/**
 * Creates a delegated task inside a change of its run; `moveGraph` then dispatches it when it is ready. An agent that nobody
 * registered gives a task that has failed and says so.
 */
export function createTask(change: RunChange, order: TaskOrder, registry: readonly RegisteredAgent[]): string {
  const { parentId, turn, block } = order;
  const id = taskIdOf(parentId, turn, block);
  // The words that the log will hold: of others the hash would be another.
  const { spec, problem } = prepareTask(storable(order.spec), registry, change.snapshot.agentTypes);
  change.createTask({
    id,
    runId: change.run.id,
    parentId,
    turn,
    block,
    ref: spec.ref,
    agent: spec.agent,
    author: spec.author,
    mode: spec.mode,
    priority: spec.priority,
    strict: spec.strict,
    condition: spec.condition ?? null,
    part: spec.part?.kind ?? null,
    mostAttempts: spec.attempts ?? null,
    hash: hashOf(spec),
    dependsOn: order.dependsOn,
    timeoutMs: spec.timeoutMs ?? null,
    createdSeq: change.nextSeq,
    acceptedSeq: order.acceptedSeq,
    settledSeq: problem === null ? null : change.nextSeq + 1,
    createdAt: new Date(now()).toISOString(),
    startedAt: null,
    status: problem === null ? "pending" : "failed",
    attempt: 0,
    claim: 0,
    workerId: null,
    announced: 0,
    dispatched: false,
    due: true,
    error: problem,
    dead: null,
  });
  change.events.push({ type: "task.created", taskId: id, agent: spec.agent, data: spec });
  if (problem !== null) {
    change.events.push({ type: "task.failed", taskId: id, agent: spec.agent, data: { error: problem, attempts: 0 } });
  }
  return id;
}

/** One block of one turn makes one task: whoever makes it again makes the same id, which the table holds once. */
export function taskIdOf(parentId: string, turn: number, block: number): string {
  const hex = createHash("sha256").update(`${parentId} ${turn} ${block}`).digest("hex");
  const variant = "89ab"[Number.parseInt(hex[16] ?? "0", 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** SHA-256 of the task's words, base64url: an entry, and a row, that does not carry it is not believed. */
export function hashOf(spec: TaskSpec): string {
  return createHash("sha256").update(canonical(spec)).digest("base64url");
}

/** The same text whatever order the fields came back in from the log. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  fields.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}
