import { z } from "zod";
import { AgentChoice } from "#/lib/protocol/orchestration.ts";
import { Phase } from "#/lib/protocol/phase.ts";
import { RefusalCode } from "#/lib/protocol/refusal.ts";

/** How a delegated task relates to the others of its run. */
export const Mode = z.enum(["parallel", "sequential", "hierarchical", "consensus", "market"]);
export type Mode = z.infer<typeof Mode>;

export const Priority = z.enum(["high", "normal", "low"]);
export type Priority = z.infer<typeof Priority>;

export const Aggregate = z.enum(["concat", "merge", "vote"]);
export type Aggregate = z.infer<typeof Aggregate>;

export const PlanAction = z.object({
  kind: z.literal("plan"),
  steps: z.array(z.string()).min(1),
  goal: z.string().optional(),
});
export type PlanAction = z.infer<typeof PlanAction>;

export const DelegateAction = z.object({
  kind: z.literal("delegate"),
  agentType: AgentChoice,
  task: z.string(),
  /** Unique in the run, `[a-z0-9_-]{1,40}`. */
  id: z.string(),
  /** IDs of tasks of the same run, as they were written. */
  dependsOn: z.array(z.string()),
  mode: Mode,
  priority: Priority,
  strict: z.boolean(),
  /** 1 to 10. */
  complexity: z.number().int().optional(),
  timeoutMs: z.number().int().optional(),
  voters: z.number().int().optional(),
  minAgreement: z.number().optional(),
  aggregate: Aggregate.optional(),
  input: z.record(z.string(), z.unknown()).optional(),
});
export type DelegateAction = z.infer<typeof DelegateAction>;

/** Changes what has not started yet: tasks that are dropped, and one whose words or options are others now. */
export const ReplanAction = z.object({
  kind: z.literal("replan"),
  drop: z.array(z.string()),
  change: z
    .object({
      id: z.string(),
      agentType: AgentChoice.optional(),
      task: z.string().optional(),
      dependsOn: z.array(z.string()).optional(),
      priority: Priority.optional(),
      timeoutMs: z.number().int().optional(),
      strict: z.boolean().optional(),
    })
    .optional(),
  reason: z.string().optional(),
});
export type ReplanAction = z.infer<typeof ReplanAction>;

export const VerifyAction = z.object({
  kind: z.literal("verify"),
  verdict: z.enum(["pass", "fail"]),
  notes: z.string().optional(),
});
export type VerifyAction = z.infer<typeof VerifyAction>;

export const LearnAction = z.object({
  kind: z.literal("learn"),
  lesson: z.string(),
  tags: z.array(z.string()),
});
export type LearnAction = z.infer<typeof LearnAction>;

/** Everything that the main agent can make happen. */
export const Action = z.discriminatedUnion("kind", [
  PlanAction,
  DelegateAction,
  ReplanAction,
  VerifyAction,
  LearnAction,
]);
export type Action = z.infer<typeof Action>;

export const actionKinds = ["plan", "delegate", "replan", "verify", "learn"] as const;
export type ActionKind = (typeof actionKinds)[number];

/** `[from, to)` in UTF-16 units of the text as it was given. */
export const Span = z.tuple([z.number().int(), z.number().int()]);
export type Span = z.infer<typeof Span>;

export const IgnoredReason = z.enum(["fenced", "comment", "details", "think"]);
export type IgnoredReason = z.infer<typeof IgnoredReason>;

/** The parser's and the gate's verdict on one block; blocks come in the order in which they begin. */
export const Block = z.discriminatedUnion("verdict", [
  z.object({
    verdict: z.literal("accepted"),
    span: Span,
    /** What was normalised, in words, e.g. `key "Agent Type" read as AGENT_TYPE`. */
    normalised: z.array(z.string()),
    action: Action,
  }),
  z.object({ verdict: z.literal("refused"), span: Span, code: RefusalCode, message: z.string() }),
  z.object({ verdict: z.literal("ignored"), span: Span, reason: IgnoredReason }),
]);
export type Block = z.infer<typeof Block>;

export const NearMiss = z.object({ span: Span, hint: z.string() });
export type NearMiss = z.infer<typeof NearMiss>;

/** What `deputy parse` prints. */
export const ParseReport = z.object({
  prose: z.string(),
  phase: Phase,
  blocks: z.array(Block),
  nearMisses: z.array(NearMiss),
});
export type ParseReport = z.infer<typeof ParseReport>;
