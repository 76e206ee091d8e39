import { z } from "zod";
import { Action, IgnoredReason, Span } from "#/lib/protocol/action.ts";
import { AgentName, Tier } from "#/lib/protocol/agent.ts";
import { AuctionBid, NewNote } from "#/lib/protocol/orchestration.ts";
import { Phase } from "#/lib/protocol/phase.ts";
import { RefusalCode } from "#/lib/protocol/refusal.ts";
import { ArtifactRef, TaskResult } from "#/lib/protocol/result.ts";
import { Author, DeadReason, Failure, TaskSpec } from "#/lib/protocol/task.ts";

/**
 * The run's log: `{runId, seq, at, v, type, taskId?, agent?, data}`. `seq` counts 1, 2, 3, ... without a gap in each run.
 * Everything that a person sees of a run is a fold over these. Readers skip types that they do not know
 * (`decodeEvent` gives null for them), writers may add types and optional fields, never change the meaning of one.
 */
export const eventVersion = 1;

const turn = z.number().int();

/** The data of each type of event. */
export const eventData = {
  "run.started": z.object({
    conversationId: z.string(),
    messageId: z.string(),
    text: z.string(),
    rootTaskId: z.string(),
    /** True when the rule-based stand-in answers because no model is configured. */
    offline: z.boolean(),
    /** Set when a program, and no main agent, decides what the run does. */
    program: z.boolean().optional(),
    /** The task of an earlier run that a person wants tried again. */
    retryOf: z.object({ runId: z.string(), taskId: z.string() }).optional(),
  }),
  /** Nothing new starts; what is under way ends. Ends with `run.resumed`, or with the run. */
  "run.paused": z.object({ by: z.enum(["user", "system"]), reason: z.string().optional() }),
  "run.resumed": z.object({ by: z.enum(["user", "system"]) }),
  "run.phase-changed": z.object({ from: Phase, to: Phase }),

  "turn.started": z.object({ turn, phase: Phase }),
  /** Prose of a turn, coalesced. `note`: known already not to be the answer. */
  "text.appended": z.object({ turn, text: z.string(), note: z.boolean() }),
  /** `note`: the prose of this turn, however it was announced, is not the answer. `interrupted`: the turn was cut off. */
  "turn.ended": z.object({
    turn,
    finish: z.enum(["stop", "length", "interrupted"]),
    note: z.boolean(),
    reason: z.string().optional(),
  }),

  "plan.proposed": z.object({ goal: z.string().optional(), steps: z.array(z.string()) }),
  "plan.approved": z.object({ by: z.enum(["machine", "user"]) }),

  "action.accepted": z.object({
    turn,
    block: z.number().int(),
    author: Author,
    span: Span,
    normalised: z.array(z.string()),
    action: Action,
    /** The phase in which it was accepted; absent in older logs. */
    phase: Phase.optional(),
    /** The block as it was written, cut at 2,000 UTF-16 units. */
    text: z.string(),
  }),
  "action.refused": z.object({
    turn,
    block: z.number().int(),
    author: Author,
    span: Span,
    code: RefusalCode,
    message: z.string(),
    /** The block as it was written, cut at 2,000 UTF-16 units. */
    text: z.string(),
  }),
  "action.ignored": z.object({
    turn,
    block: z.number().int(),
    author: Author,
    span: Span,
    reason: IgnoredReason,
    text: z.string(),
  }),
  /** A line that looks like part of a block and is none. `repeated`: the model was told of the same before. */
  "action.missed": z.object({ turn, span: Span, hint: z.string(), text: z.string(), repeated: z.boolean() }),

  /** What had not started was changed; each task that it touches has an event of its own behind this one. */
  "plan.changed": z.object({
    by: z.enum(["main", "user", "program"]),
    dropped: z.array(z.string()),
    changed: z.array(z.string()),
    added: z.array(z.string()),
    reason: z.string().optional(),
  }),

  "task.created": TaskSpec,
  /** Its words or options before it started: from here on these count. */
  "task.changed": TaskSpec,
  "task.dispatched": z.object({}),
  "task.claimed": z.object({ claim: z.number().int(), attempt: z.number().int(), workerId: z.string() }),
  /** It takes longer, from its dispatch, than its complexity lets expect; it goes on. `waiting`: nobody had begun it yet. */
  "task.slow": z.object({ expectedMs: z.number().int(), waiting: z.boolean().optional() }),
  /** What the agent is doing now, in a few words a person understands. */
  "task.progressed": z.object({ text: z.string() }),
  "task.retried": z.object({ reason: Failure, attempt: z.number().int(), delayMs: z.number().int() }),
  "task.completed": z.object({ result: TaskResult, milliseconds: z.number().int() }),
  "task.failed": z.object({
    error: Failure,
    attempts: z.number().int(),
    /** Set when it is a dead letter: why nobody tries it again but a person. */
    dead: DeadReason.optional(),
  }),
  /** A person wants a dead letter tried again in the same run: its attempts count anew, its history stays. */
  "task.reopened": z.object({ by: z.enum(["user"]), attempts: z.number().int() }),
  /** The agent's breaker is open: another one of the configured chain does the task. */
  "task.rerouted": z.object({ from: AgentName, to: AgentName, reason: z.string() }),
  "task.cancelled": z.object({ reason: z.string() }),

  /** On the board of the run, by the task of the event, or by the program. */
  "note.posted": NewNote.extend({ noteId: z.string() }),
  "note.retracted": z.object({ noteId: z.string() }),
  /** Every bid of the round, and what was decided: the award, another round, or nobody. */
  "auction.decided": z.object({
    round: z.number().int(),
    bids: z.array(AuctionBid),
    winner: AgentName.nullable(),
    reasons: z.array(z.string()),
  }),

  "model.called": z.object({
    turn: turn.optional(),
    tier: Tier,
    model: z.string(),
    inputTokens: z.number().int().nullable(),
    outputTokens: z.number().int().nullable(),
    costUsd: z.number().nullable(),
    milliseconds: z.number().int(),
  }),
  /** Another model of the configured chain was asked instead. */
  "model.switched": z.object({ turn: turn.optional(), from: z.string(), to: z.string(), reason: z.string() }),
  "artifact.stored": ArtifactRef,
  "lesson.learned": z.object({ lessonId: z.string(), lesson: z.string(), tags: z.array(z.string()) }),

  "run.completed": z.object({ milliseconds: z.number().int() }),
  "run.failed": z.object({ error: Failure, milliseconds: z.number().int() }),
  "run.cancelled": z.object({ by: z.enum(["user", "system"]), reason: z.string(), milliseconds: z.number().int() }),
} as const;

export type EventType = keyof typeof eventData;
export type EventData<T extends EventType> = z.infer<(typeof eventData)[T]>;

/** The three ends of a run; exactly one of them is its last event. */
export const endTypes = ["run.completed", "run.failed", "run.cancelled"] as const satisfies readonly EventType[];

export type EventOf<T extends EventType> = {
  readonly runId: string;
  readonly seq: number;
  /** ISO 8601, UTC, by the database's clock. */
  readonly at: string;
  readonly v: number;
  readonly type: T;
  readonly taskId?: string;
  readonly agent?: AgentName;
  readonly data: EventData<T>;
};

export type RunEvent = { [T in EventType]: EventOf<T> }[EventType];

/** An event before the log has given it a run, a number and a time. */
export type NewEvent = {
  [T in EventType]: {
    readonly type: T;
    readonly taskId?: string;
    readonly agent?: AgentName;
    readonly data: EventData<T>;
  };
}[EventType];

/** An event as stored or received, of a type that may be newer than this code. */
export const RawEvent = z.object({
  runId: z.string(),
  seq: z.number().int().positive(),
  at: z.string(),
  v: z.number().int(),
  type: z.string(),
  taskId: z.string().optional(),
  agent: AgentName.optional(),
  data: z.unknown(),
});
export type RawEvent = z.infer<typeof RawEvent>;

/** One stored record to an event; null when its type is unknown or its data unreadable, so that one record never spoils a log. */
export function decodeEvent(raw: RawEvent): RunEvent | null {
  if (!isEventType(raw.type)) return null;
  const data = eventData[raw.type].safeParse(raw.data);
  return data.success ? ({ ...raw, data: data.data } as RunEvent) : null;
}

export function isEnd(type: string): boolean {
  return (endTypes as readonly string[]).includes(type);
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventData, type);
}
