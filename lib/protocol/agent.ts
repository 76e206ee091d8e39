import { z } from "zod";

/** The catalogue: every type that a DELEGATE may name. Some of them nobody has registered yet. */
export const agentTypes = ["knowledge", "planner", "browser", "code", "test", "review", "debug"] as const;

export const AgentType = z.enum(agentTypes);
export type AgentType = z.infer<typeof AgentType>;

/** Whoever can own a task: the main agent owns the root task of each run, the others own what is delegated. */
export const agentNames = ["main", ...agentTypes] as const;

export const AgentName = z.enum(agentNames);
export type AgentName = z.infer<typeof AgentName>;

export const tiers = ["fast", "standard", "large", "expert"] as const;

/** A model by what it is for; lib/model maps each tier to a model's name. */
export const Tier = z.enum(tiers);
export type Tier = z.infer<typeof Tier>;

export const Capability = z.object({
  /** What `AGENT_TYPE: can:<name>` asks for; `_` and `-` are the same there. */
  name: z.string().regex(/^[a-z0-9_-]{1,40}$/),
  description: z.string().min(1),
  /** What it takes and what it gives, in a word or two. */
  input: z.string().optional(),
  output: z.string().optional(),
  estimatedSeconds: z.number().positive().optional(),
  /** US dollars. */
  estimatedCostUsd: z.number().nonnegative().optional(),
});
export type Capability = z.infer<typeof Capability>;

/** What a worker says of an agent when it registers it. */
export const RegisteredCard = z.object({
  type: AgentName,
  name: z.string(),
  description: z.string(),
  timeoutMs: z.number().int().positive(),
  capabilities: z.array(Capability),
  /** 0 to 100, 50 when absent: of two that suit a task equally well, the higher one is chosen. */
  priority: z.number().int().min(0).max(100).optional(),
  /** JSON Schema of INPUT, and of what the task brings. */
  inputSchema: z.record(z.string(), z.unknown()).optional(),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
});
export type RegisteredCard = z.infer<typeof RegisteredCard>;

/** What `GET /api/agents` shows of one type of agent. */
export const AgentCard = z.object({
  type: AgentName,
  name: z.string(),
  description: z.string(),
  /** False for a type of the catalogue that nobody has registered: its tasks fail with `Agent <type> not registered`. */
  registered: z.boolean(),
  /** Worker processes that run it right now. */
  workers: z.number().int(),
  timeoutSeconds: z.number().int().nullable(),
  capabilities: z.array(Capability),
  priority: z.number().int(),
  inputSchema: z.record(z.string(), z.unknown()).optional(),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
});
export type AgentCard = z.infer<typeof AgentCard>;
