import { z } from "zod";
import { serverAt } from "#/lib/cli/server.ts";
import { SECOND, within } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { InputSchemas } from "#/lib/workflow/check-inputs.ts";

const ANSWER_WITHIN_MS = 5 * SECOND;

const Card = z.looseObject({ type: z.string(), inputSchema: z.record(z.string(), z.unknown()).optional() });
const AgentList = z.looseObject({ agents: z.array(Card) });

/** What the agents of a server take as INPUT, or why it cannot be told. */
export async function askForInputSchemas(url: string): Promise<InputSchemas | { readonly why: string }> {
  const silent = () => new DeputyError("server-unreachable", `The server at ${url} does not answer.`);
  try {
    const { agents } = await within(ANSWER_WITHIN_MS, serverAt(url).get("/api/agents", AgentList), silent);
    return new Map(agents.flatMap(({ type, inputSchema }) => (inputSchema ? [[type, inputSchema] as const] : [])));
  } catch (error) {
    if (error instanceof DeputyError) return { why: error.message };
    throw error;
  }
}
