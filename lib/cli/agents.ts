import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { tableLines } from "#/lib/cli/table.ts";
import { oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { AgentCard } from "#/lib/protocol/agent.ts";

/** A card as this version knows it; a server that is newer may send types and fields that it does not know. */
const Card = AgentCard.extend({ type: z.string() }).loose();
type Card = z.infer<typeof Card>;
const AgentList = z.looseObject({ agents: z.array(Card) });

export type AgentsOptions = { readonly url: string; readonly json?: boolean };

/** Lists the catalogue of agents, who of them is registered, and how many workers run each. */
export async function agents(options: AgentsOptions, { stdout }: Terminal): Promise<number> {
  const list = await serverAt(options.url).get("/api/agents", AgentList);
  if (options.json) writeLine(stdout, JSON.stringify(list));
  else for (const line of tableLines([header, ...list.agents.map(cellsOf)])) writeLine(stdout, line);
  return exitStatus.done;
}

const header = ["AGENT", "STATE", "WORKERS", "TIME LIMIT", "CAN", "WHAT IT DOES"];

function cellsOf(card: Card): string[] {
  const limit = card.timeoutSeconds === null ? "-" : `${card.timeoutSeconds} s`;
  return [card.type, stateOf(card), String(card.workers), limit, capabilitiesOf(card), oneLine(card.description)];
}

function capabilitiesOf({ capabilities }: Card): string {
  return capabilities.length === 0 ? "-" : oneLine(capabilities.map(({ name }) => name).join(" "));
}

function stateOf(card: Card): string {
  if (!card.registered) return "not registered";
  return card.workers > 0 ? "running" : "no worker";
}
