import type { Env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";
import { requirePostgresUrl } from "#/lib/launch/given-addresses.ts";
import { agentTypes } from "#/lib/protocol/agent.ts";

/** What settings name, beyond their form. Throws the first that names nothing: `database-url` or `agent-unknown`. */
export function checkSettings({ databaseUrl, agentFallback }: Env): void {
  if (databaseUrl !== undefined) requirePostgresUrl(databaseUrl);
  const known: readonly string[] = agentTypes;
  const unknown = agentFallback.flatMap(({ from, to }) => [from, to]).find((type) => !known.includes(type));
  if (unknown === undefined) return;
  throw new DeputyError(
    "agent-unknown",
    `DEPUTY_AGENT_FALLBACK names "${unknown}", which is no type of agent. There are ${agentTypes.join(", ")}.`,
  );
}
