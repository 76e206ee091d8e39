import type { Mode, Priority } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { Condition, PartOf } from "#/lib/protocol/orchestration.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { Author, DeadReason, Failure, RunStatus, TaskStatus } from "#/lib/protocol/task.ts";

/** A run and its tasks as a change finds them in memory, read under the run's lock. */

export type RunState = {
  readonly id: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly status: RunStatus;
  readonly phase: Phase;
  readonly lastSeq: number;
  /** Delegated tasks so far. */
  readonly taskCount: number;
  /** Raised by every change of the run or its tasks but a claim. */
  readonly version: number;
  readonly program: "open" | "closing" | null;
  readonly paused: boolean;
  readonly error: Failure | null;
  readonly createdAt: string;
};

export type TaskState = {
  readonly id: string;
  readonly runId: string;
  readonly parentId: string | null;
  readonly turn: number | null;
  readonly block: number | null;
  readonly ref: string;
  readonly agent: AgentName;
  readonly author: Author;
  readonly mode: Mode;
  readonly priority: Priority;
  readonly strict: boolean;
  /** Null: it starts unless something strict that it depends on is lost. */
  readonly condition: Condition | null;
  /** What it is to its parent, when that is a group. */
  readonly part: PartOf["kind"] | null;
  /** Null: as many as the setting says. */
  readonly mostAttempts: number | null;
  readonly hash: string;
  readonly dependsOn: readonly string[];
  readonly timeoutMs: number | null;
  readonly createdSeq: number | null;
  readonly acceptedSeq: number | null;
  readonly settledSeq: number | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly status: TaskStatus;
  readonly attempt: number;
  readonly claim: number;
  readonly workerId: string | null;
  /** The newest claim that the log tells of. */
  readonly announced: number;
  /** True once a worker may claim it. */
  readonly dispatched: boolean;
  /** True when the pause before its next attempt is over, at the time of reading. */
  readonly due: boolean;
  readonly error: Failure | null;
  readonly dead: DeadReason | null;
};

/** What happens to a task's clocks beside its state; each left out stays as it is. */
export type TaskClocks = {
  /** To be claimed only after this time. */
  readonly dueInMs?: number;
  /** True: an entry is published for it right after the commit. False: the reconciler shall publish one when it is due. */
  readonly rung?: boolean;
  /** Claimed in the same change; its claim number is raised already. Milliseconds that the attempt has. */
  readonly takenForMs?: number;
};

/** What the log says of a task, read with it when a change asks for it. */
export type TaskWords = {
  readonly taskId: string;
  /** Data of the event at `createdSeq`, when that is the `task.created` of this task. */
  readonly created: unknown;
  /** Data of the event at `acceptedSeq`, when that is an `action.accepted`. */
  readonly accepted: unknown;
};

/** The same with how it ended: type and data of that event, null while the task is open. */
export type LoggedTask = TaskWords & { readonly end: string | null; readonly outcome: unknown };

export type LoadedRun = { readonly run: RunState; readonly tasks: readonly TaskState[] };

export function isOpen(status: TaskStatus): boolean {
  return status === "pending" || status === "in_progress" || status === "waiting";
}
