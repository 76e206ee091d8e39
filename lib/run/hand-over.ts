import type { AgentName } from "#/lib/protocol/agent.ts";
import type { LoggedTask, TaskState, TaskWords } from "#/lib/store/run-state.ts";

/**
 * The worker of this process, which may take a task in the very change that makes it ready: the claim commits together with
 * what caused it, and no stream entry, no reading and no claim of its own is needed. Whatever it does not take is rung for all.
 */
export interface Taker {
  readonly workerId: string;
  /** Keeps a place for a task of this agent, and gives the time of its attempt in milliseconds; null when there is none. */
  reserve(agent: AgentName): number | null;
  /** The change was not committed: the place is free again. */
  release(agent: AgentName): void;
  /** The claim is committed, and the place is the task's. */
  begin(handed: Handed): void;
}

export type Handed = {
  readonly task: TaskState & { readonly workerId: string };
  readonly program: string | null;
  /** What the log says of it, and of what it depends on. */
  readonly words: TaskWords | undefined;
  readonly dependencies: readonly LoggedTask[];
};
