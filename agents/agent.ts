import type { ModelRequest } from "#/lib/model/models.ts";
import type { AgentType, Capability } from "#/lib/protocol/agent.ts";
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
 * What the worker lends an agent for one attempt. The signal aborts at the task's deadline, on cancel, and when the
 * claim was lost; after that nothing that the agent does is kept.
 */
export interface AgentContext {
  readonly signal: AbortSignal;
  readonly dependencies: readonly Dependency[];
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
  execute(task: TaskSpec, context: AgentContext): Promise<TaskResult>;
}
