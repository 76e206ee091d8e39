import { z } from "zod";
import { Aggregate, Mode, Priority } from "#/lib/protocol/action.ts";
import { AgentName } from "#/lib/protocol/agent.ts";
import { Condition, Estimate, PartOf, Routing } from "#/lib/protocol/orchestration.ts";

export const TaskStatus = z.enum(["pending", "in_progress", "waiting", "completed", "failed", "cancelled"]);
export type TaskStatus = z.infer<typeof TaskStatus>;

export const RunStatus = z.enum(["active", "completed", "failed", "cancelled"]);
export type RunStatus = z.infer<typeof RunStatus>;

/** Who wrote the delegation: the main agent, the person whose message held it, a program, or an agent that may delegate. */
export const Author = z.enum(["main", "user", "program", "agent"]);
export type Author = z.infer<typeof Author>;

/**
 * Why a failed task is a dead letter. `attempts`: every attempt failed, and another might help. `poison`: it ended the process
 * that ran it, each time. `final`: its error says that another attempt cannot help.
 */
export const DeadReason = z.enum(["attempts", "poison", "final"]);
export type DeadReason = z.infer<typeof DeadReason>;

/** A failure as it is kept and shown. `message` says what happened and what to do, in one or two sentences. */
export const Failure = z.object({ code: z.string(), message: z.string() });
export type Failure = z.infer<typeof Failure>;

/** What is known of a task from the moment of its creation, in the words of its delegation. */
export const TaskSpec = z.object({
  /** The ID of the delegation, unique in its run: `t1`. */
  ref: z.string(),
  agent: AgentName,
  task: z.string(),
  author: Author,
  mode: Mode,
  priority: Priority,
  strict: z.boolean(),
  /** References of the tasks it runs after, those implied by MODE sequential included. */
  dependsOn: z.array(z.string()),
  complexity: z.number().int().optional(),
  timeoutMs: z.number().int().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  /** How several results become one, for a task that has tasks of its own. */
  aggregate: Aggregate.optional(),
  voters: z.number().int().optional(),
  minAgreement: z.number().optional(),
  /** Set for a task that belongs to the one above it. */
  part: PartOf.optional(),
  /** Set when the delegation named no agent, but what it must be able to do. */
  routing: Routing.optional(),
  estimate: Estimate.optional(),
  /** Of its agent, when it was given the task: see RegisteredCard. Parts of a group have none. */
  agentPriority: z.number().int().min(0).max(100).optional(),
  /** Absent: it starts unless something strict that it depends on is lost. */
  condition: Condition.optional(),
  /** At most this many attempts; absent: as many as the setting says. */
  attempts: z.number().int().positive().optional(),
});
export type TaskSpec = z.infer<typeof TaskSpec>;
