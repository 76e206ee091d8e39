import type { Agent } from "#/agents/agent.ts";
import { browser } from "#/agents/browser/agent.ts";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { planner } from "#/agents/planner/agent.ts";
import type { RegisteredCard } from "#/lib/protocol/agent.ts";

/** The specialists that this version can run. */
export const agents: readonly Agent[] = [knowledge, planner, browser];

export function cardOf({ type, name, description, timeoutMs, capabilities }: Agent): RegisteredCard {
  return { type, name, description, timeoutMs, capabilities: [...capabilities] };
}
