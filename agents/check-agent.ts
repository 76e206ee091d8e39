import { z } from "zod";
import type { Agent } from "#/agents/agent.ts";
import { messageOf } from "#/lib/errors.ts";
import { AgentType, agentTypes, Capability } from "#/lib/protocol/agent.ts";

const action = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "is no function");
const schema = z.custom<z.ZodType>((value) => value instanceof z.ZodType, "is no zod schema").superRefine(isTellable);
const line = z.string().regex(/^\S(?:.*\S)?$/, "is empty, has blanks around it, or several lines");

const Registration = z.object({
  type: AgentType,
  name: line.max(60),
  description: line.max(1_000),
  capabilities: z.array(Capability).superRefine(areDistinct),
  timeoutMs: z.number().int().positive(),
  concurrency: z.number().int().positive(),
  priority: z.number().int().min(0).max(100).optional(),
  inputSchema: schema.optional(),
  outputSchema: schema.optional(),
  execute: action,
  bid: action.optional(),
});

/** The agent that a module exports (the one export with an `execute`), or every reason why it cannot be registered. */
export function agentIn(exports: Record<string, unknown>): { agent: Agent } | { faults: readonly string[] } {
  const found = Object.values(exports).filter(isAgent);
  const [agent] = found;
  if (agent === undefined) return { faults: ["it exports no agent: an object with the method execute"] };
  if (found.length > 1) return { faults: [`it exports ${found.length} agents: one file is one agent`] };
  const checked = Registration.safeParse(agent);
  return checked.success ? { agent } : { faults: checked.error.issues.map(faultOf) };
}

function isAgent(value: unknown): value is Agent {
  return typeof value === "object" && value !== null && "execute" in value;
}

function faultOf({ path, message }: z.core.$ZodIssue): string {
  if (path[0] === "type") return `type is none of the catalogue (${agentTypes.join(", ")})`;
  return `${path.join(".")}: ${message}`;
}

function areDistinct(capabilities: readonly Capability[], context: z.RefinementCtx): void {
  const names = capabilities.map(({ name }) => name.replaceAll("_", "-"));
  for (const name of new Set(names.filter((name, at) => names.indexOf(name) !== at)))
    context.addIssue(`"${name}" is named twice`);
}

/** What checks an input must be something that can be told to others, as JSON Schema. */
function isTellable(value: z.ZodType, context: z.RefinementCtx): void {
  try {
    z.toJSONSchema(value, { io: "input" });
  } catch (thrown) {
    context.addIssue(`cannot be written as JSON Schema: ${messageOf(thrown)}`);
  }
}
