import { type AgentCard, agentTypes } from "#/lib/protocol/agent.ts";
import type { Context } from "#/lib/run/context.ts";
import { listLiveWorkers, listRegisteredAgents } from "#/lib/store/workers.ts";

const USUAL_PRIORITY = 50;

/** The whole catalogue: who is registered, and by how many live workers each is run. */
export async function listAgents(context: Context): Promise<AgentCard[]> {
  const [cards, workers] = await Promise.all([
    listRegisteredAgents(context.store.db),
    listLiveWorkers(context.store.db, context.env.leaseMs),
  ]);
  return agentTypes.map((type) => {
    const card = cards.find((known) => known.type === type);
    return {
      type,
      name: card?.name ?? type,
      description: card?.description ?? "Part of the catalogue; nobody has registered it yet.",
      registered: card !== undefined,
      workers: workers.filter((worker) => worker.agents.includes(type)).length,
      timeoutSeconds: card ? Math.round(card.timeoutMs / 1_000) : null,
      capabilities: card?.capabilities ?? [],
      priority: card?.priority ?? USUAL_PRIORITY,
      ...(card?.inputSchema && { inputSchema: card.inputSchema }),
      ...(card?.outputSchema && { outputSchema: card.outputSchema }),
    };
  });
}
