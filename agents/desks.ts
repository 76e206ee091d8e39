import type { Agent } from "#/agents/agent.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { Slots } from "#/lib/run/slots.ts";

/** One agent's place in a worker: how many of its tasks may be under way at once, and how long each of them may take. */
export type AgentDesk = { readonly agent: AgentName; readonly slots: Slots; readonly timeoutMs: number };

const MAIN_CONCURRENCY = 32;

/** `runMs`: the main agent's time is its run's. */
export function openDesks(agents: readonly Agent[], runMs: number): AgentDesk[] {
  return [
    { agent: "main", slots: new Slots(MAIN_CONCURRENCY), timeoutMs: runMs },
    ...agents.map(({ type, concurrency, timeoutMs }) => ({ agent: type, slots: new Slots(concurrency), timeoutMs })),
  ];
}
