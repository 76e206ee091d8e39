import { z } from "zod";
import type { Agent } from "#/agents/agent.ts";
import { type AgentFile, agentFiles } from "#/agents/agent-files.ts";
import { agentIn } from "#/agents/check-agent.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import type { RegisteredCard } from "#/lib/protocol/agent.ts";

/**
 * The specialists that this version can run: each folder of agents/ whose `agent.ts` exports one. A new file is a new agent,
 * and nothing else has to be told of it. Throws `registration-refused`, which names each file that is at fault and why: no
 * agent or several in it, a field that is invalid, or a type that another file has taken.
 */
export async function loadAgents(folder?: URL): Promise<readonly Agent[]> {
  const read = await Promise.all(agentFiles(folder).map(readAgent));
  const faults = read.flatMap(({ file, faults }) => faults.map((fault) => `${file}: ${fault}`));
  const registered = read.flatMap(({ file, agent }) => (agent === undefined ? [] : [{ file, agent }]));
  faults.push(...takenTypes(registered));
  if (faults.length > 0) throw refused(faults);
  return registered.map(({ agent }) => agent);
}

/** What a worker tells the others of an agent. */
export function cardOf(agent: Agent): RegisteredCard {
  const { type, name, description, timeoutMs, capabilities, priority, inputSchema, outputSchema } = agent;
  return {
    type,
    name,
    description,
    timeoutMs,
    capabilities: [...capabilities],
    ...(priority !== undefined && { priority }),
    ...(inputSchema && { inputSchema: { ...z.toJSONSchema(inputSchema, { io: "input" }) } }),
    ...(outputSchema && { outputSchema: { ...z.toJSONSchema(outputSchema) } }),
  };
}

type Read = { readonly file: string; readonly agent?: Agent; readonly faults: readonly string[] };

async function readAgent({ file, load }: AgentFile): Promise<Read> {
  try {
    return { file, faults: [], ...agentIn(await load()) };
  } catch (thrown) {
    return { file, faults: [`it cannot be loaded: ${messageOf(thrown)}`] };
  }
}

function takenTypes(registered: readonly { file: string; agent: Agent }[]): string[] {
  const owners = new Map<string, string>();
  return registered.flatMap(({ file, agent }) => {
    const owner = owners.get(agent.type);
    if (owner === undefined) owners.set(agent.type, file);
    return owner === undefined ? [] : [`${file}: the type ${agent.type} is taken by ${owner}`];
  });
}

function refused(faults: readonly string[]): DeputyError {
  return new DeputyError("registration-refused", `These agents cannot be registered:\n${faults.join("\n")}`);
}
