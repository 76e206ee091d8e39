import { z } from "zod";
import { AgentType } from "#/lib/protocol/agent.ts";

/**
 * What the patterns of orchestration leave in the record: how an agent was chosen, how a vote and an auction went, what
 * stands on a run's board, how a plan was changed. Each is written once, by code, so that a reader can check it.
 */

/** Who shall do a task: a type of the catalogue, whoever suits it best (`any`), or whoever has a capability (`can:search`). */
export const AgentChoice = z.union([
  AgentType,
  z.literal("any"),
  z.templateLiteral(["can:", z.string().regex(/^[a-z0-9_-]{1,40}$/)]),
]);
export type AgentChoice = z.infer<typeof AgentChoice>;

export const AgentScore = z.object({
  agent: AgentType,
  score: z.number(),
  /** In words, such as `has the capability search` or `3 tasks are waiting for it`. */
  reasons: z.array(z.string()),
});
export type AgentScore = z.infer<typeof AgentScore>;

/** How the agent of a task was found; `scores` are all that were looked at, best first. */
export const Routing = z.object({ choice: AgentChoice, scores: z.array(AgentScore) });
export type Routing = z.infer<typeof Routing>;

/** What a task is expected to take, before it runs. */
export const Estimate = z.object({
  seconds: z.number().nonnegative(),
  costUsd: z.number().nonnegative(),
  /** Why the complexity is what it is, when nobody gave one. */
  reasons: z.array(z.string()).optional(),
});
export type Estimate = z.infer<typeof Estimate>;

/** What a task is in the one above it. `number` counts 1, 2, 3, ... among the `of` of its kind and round. */
export const PartOf = z.object({
  kind: z.enum(["subtask", "vote", "bid", "award"]),
  number: z.number().int().positive(),
  of: z.number().int().positive(),
  round: z.number().int().positive().optional(),
});
export type PartOf = z.infer<typeof PartOf>;

/** On which end of the tasks it depends on a task starts; otherwise it is cancelled. */
export const Condition = z.enum(["completed", "failed", "settled"]);
export type Condition = z.infer<typeof Condition>;

/** A task that an agent wants done by another one, in the words of a delegation. */
export const Subtask = z.object({
  /** Unique among those that are delegated together. */
  ref: z.string().regex(/^[a-z0-9_-]{1,40}$/),
  agent: AgentChoice,
  /** At most as long as the TASK of a block. */
  task: z.string().regex(/\S/).max(16_384),
  /** References of others of the same delegation, each before this one. */
  dependsOn: z.array(z.string()).readonly().optional(),
  /** Whether that agent may delegate in turn. */
  mode: z.enum(["parallel", "hierarchical"]).optional(),
  /** When it fails, what depends on it is cancelled; true when absent. */
  strict: z.boolean().optional(),
  complexity: z.number().int().min(1).max(10).optional(),
  input: z.record(z.string(), z.unknown()).optional(),
});
export type Subtask = z.infer<typeof Subtask>;

export const Vote = z.object({
  /** Reference of the voter's task. */
  ref: z.string(),
  agent: z.string(),
  /** The answer under which it is counted; null when it gave none. */
  answer: z.string().nullable(),
  claims: z.array(z.string()),
  evidence: z.number().int(),
  confidence: z.number().min(0).max(1).nullable(),
  /** Why there is no answer. */
  error: z.string().optional(),
});
export type Vote = z.infer<typeof Vote>;

export const Consensus = z.object({
  reached: z.boolean(),
  /** The answer with most votes; null when nobody gave one. */
  winner: z.string().nullable(),
  /** Votes for the winner by voters asked, 0 to 1: who fails agrees with nobody. */
  share: z.number().min(0).max(1),
  minAgreement: z.number(),
  votes: z.array(Vote),
  /** The other answers, those with most votes first. */
  dissent: z.array(z.object({ answer: z.string(), refs: z.array(z.string()) })),
  /** Set when several answers had most votes: which, and the rule that decided. */
  tie: z.object({ between: z.array(z.string()), rule: z.string() }).optional(),
});
export type Consensus = z.infer<typeof Consensus>;

/** What an agent offers for a task. */
export const Bid = z.object({
  /** US dollars. */
  price: z.number().nonnegative(),
  seconds: z.number().positive(),
  /** How sure it is that it can do it. */
  confidence: z.number().min(0).max(1),
  note: z.string().optional(),
});
export type Bid = z.infer<typeof Bid>;

export const AuctionBid = z.object({
  ref: z.string(),
  agent: AgentType,
  round: z.number().int(),
  /** Null when it made none, in time or at all. */
  bid: Bid.nullable(),
  score: z.number().nullable(),
  reasons: z.array(z.string()),
});
export type AuctionBid = z.infer<typeof AuctionBid>;

export const Auction = z.object({
  rounds: z.number().int(),
  bids: z.array(AuctionBid),
  winner: AgentType.nullable(),
  /** Why it was awarded so, or to nobody. */
  reasons: z.array(z.string()),
  /** What the winner needed, beside what it had bid. */
  actual: z.object({ seconds: z.number(), costUsd: z.number() }).optional(),
});
export type Auction = z.infer<typeof Auction>;

export const NoteKind = z.enum(["fact", "question", "partial"]);
export type NoteKind = z.infer<typeof NoteKind>;

/** What is posted on the board of a run. */
export const NewNote = z.object({
  kind: NoteKind,
  text: z.string().min(1).max(4_000),
  /** What it rests on: an address, or the reference of a task. */
  source: z.string().max(2_000).optional(),
});
export type NewNote = z.infer<typeof NewNote>;

export const Note = NewNote.extend({
  id: z.string(),
  /** Reference of the author's task, or `program`. */
  author: z.string(),
  agent: z.string().optional(),
  /** ISO 8601. */
  at: z.string(),
  retracted: z.boolean(),
});
export type Note = z.infer<typeof Note>;

/** The board of a run in the hands of one of its authors: what one posts, all others read, and late ones read all of it. */
export interface Board {
  /** Everything that was posted so far, oldest first; what was retracted is marked. */
  read(): Promise<readonly Note[]>;
  /**
   * Gives the note's id, which is made from its author, kind and text: the same words are posted once, however often an attempt
   * is repeated, and stay retracted once they were. Throws `bad-note`, and `budget` when the board is full.
   */
  post(note: NewNote): Promise<string>;
  /** Harmless when repeated. Throws `not-your-note` for what somebody else, or nobody, posted. */
  retract(noteId: string): Promise<void>;
  /**
   * True as soon as somebody else has posted or retracted a note since the last `read`; false after `atMostMs` without any, and
   * when the run has ended.
   */
  changed(atMostMs: number): Promise<boolean>;
}
