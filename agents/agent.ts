import type { z } from "zod";
import type { ModelRequest } from "#/lib/model/models.ts";
import type { AgentType, Capability } from "#/lib/protocol/agent.ts";
import type { Bid, Board, Subtask } from "#/lib/protocol/orchestration.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import type { ArtifactRef, TaskResult } from "#/lib/protocol/result.ts";
import type { Failure, TaskSpec } from "#/lib/protocol/task.ts";

/** What a task that this one depends on brought, or why it brought nothing. */
export type Dependency = {
  readonly ref: string;
  readonly agent: string;
  readonly task: string;
  readonly result?: TaskResult;
  readonly error?: Failure;
};

/**
 * What an agent returns instead of a result when it leaves its task to others. It is not called again: when the last of them
 * has settled, their results become the task's, in the way that its AGGREGATE says.
 */
export type Delegated = { readonly delegate: readonly Subtask[] };

/**
 * What the worker lends an agent for one attempt. The signal aborts at the task's deadline, on cancel, and when the
 * claim was lost; after that nothing that the agent does is kept.
 */
export interface AgentContext {
  readonly signal: AbortSignal;
  readonly dependencies: readonly Dependency[];
  readonly board: Board;
  /** True when the task has MODE hierarchical and its depth allows it: then `execute` may return `Delegated`. */
  readonly mayDelegate: boolean;
  /** Shows a person what the agent is doing now. Never throws, never waits. */
  progress(text: string): void;
  /** Calls a model; the call is entered in the run's log. Throws what `Models.generate` throws. */
  generate(request: Omit<ModelRequest, "signal">): Promise<string>;
  /** Full-text search over the ingested documents. */
  search(query: string, limit: number): Promise<readonly Passage[]>;
  storeArtifact(artifact: {
    kind: ArtifactRef["kind"];
    name: string;
    mediaType: string;
    body: Uint8Array;
  }): Promise<ArtifactRef>;
}

/**
 * A specialist. `execute` returns the result or throws: a DeputyError says by `retryable` whether another attempt can
 * help; anything else that is thrown counts as retryable. It must stop soon after the signal aborts.
 */
export interface Agent {
  readonly type: AgentType;
  readonly name: string;
  readonly description: string;
  readonly capabilities: readonly Capability[];
  /** The time of one attempt, unless the task names its own. */
  readonly timeoutMs: number;
  /** Tasks of this agent that one process runs at once. */
  readonly concurrency: number;
  /** 0 to 100, 50 when absent: of two that suit a task equally well, the higher one is chosen. */
  readonly priority?: number;
  /** Of INPUT: checked before the task is dispatched. */
  readonly inputSchema?: z.ZodType;
  /** Of the result, beyond what every result is. */
  readonly outputSchema?: z.ZodType;
  execute(task: TaskSpec, context: AgentContext): Promise<TaskResult | Delegated>;
  /** What it offers for a task in an auction; null when it cannot do it. Absent: the estimate of its card. */
  bid?(task: TaskSpec, context: AgentContext): Promise<Bid | null>;
}
