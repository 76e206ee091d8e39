import type { Priority } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";

/**
 * Every key and channel. The braces are a hash tag: on Redis Cluster the three streams of an agent lie in one slot, so one
 * blocking read serves them, and no command ever touches two slots.
 */
export const streamKey = (prefix: string, agent: AgentName, priority: Priority) => `${prefix}:{${agent}}:${priority}`;

/** Highest first: the order in which a reader asks them. */
export const priorities = ["high", "normal", "low"] as const satisfies readonly Priority[];

/** The streams of one agent, highest priority first. */
export function streamKeys(prefix: string, agent: AgentName): string[] {
  return priorities.map((priority) => streamKey(prefix, agent, priority));
}

export const consumerGroup = "workers";

/** Lines `<run id> <seq>`: those runs' logs have grown to that number. A hint; whoever misses it reads Postgres. */
export const growthChannel = (prefix: string) => `${prefix}:{runs}:growth`;

/** `<run id>`: the run was cancelled. A hint; a worker's next heartbeat says the same. */
export const cancelChannel = (prefix: string) => `${prefix}:{runs}:cancel`;
