import type { UIMessage } from "ai";
import type { Aggregate, IgnoredReason, Mode } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type {
  Auction,
  Bid,
  Condition,
  Consensus,
  Estimate,
  Note,
  PartOf,
  Routing,
} from "#/lib/protocol/orchestration.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { RefusalCode } from "#/lib/protocol/refusal.ts";
import type { ArtifactRef, NumberedEvidence, Page, PlanGraph } from "#/lib/protocol/result.ts";
import type { Author, DeadReason, Failure, RunStatus, TaskStatus } from "#/lib/protocol/task.ts";

/**
 * The data parts of an assistant message: one message per run, its id is `run_<run id>`. A part that is written again with
 * the same id replaces the one before. Order of parts is the order in which things happened first.
 *
 * Text parts are the answer; reasoning parts are working notes, which are not. The `providerMetadata.deputy` of both is a
 * `TextMark`. Prose that turns out to be a note is taken back and sent again (the protocol's `reset-step`). A `[n]` in the
 * answer refers to the evidence with that number in the task parts; the same sources are also sent as `source-url` parts
 * with `sourceId` `"n"`.
 */
export type DataParts = {
  /** id `run` */
  run: RunPart;
  /** id `phase` */
  phase: PhasePart;
  /** id `plan` */
  plan: PlanPart;
  /** id = task id */
  task: TaskPart;
  /** id `estimate` */
  estimate: EstimatePart;
  /** id `board` */
  board: BoardPart;
  /** id `changed-<seq>` */
  change: ChangePart;
  /** id `conflict-<n>` */
  conflict: ConflictPart;
  /** id `refused-<turn>-<block>` */
  refusal: RefusalPart;
  /** id `ignored-<turn>-<block>` */
  ignored: IgnoredPart;
  /** id `missed-<seq>` */
  missed: MissedPart;
  /** id = lesson id */
  lesson: LessonPart;
  /** id `notice-<seq>`, or `invented-<turn>` where a note of that turn pretends to hold results */
  notice: NoticePart;
};

export type RunPart = {
  runId: string;
  status: RunStatus;
  offline: boolean;
  startedAt: string;
  endedAt?: string;
  /** Set while nothing new of it starts. */
  paused?: { at: string; reason?: string };
  /** Why it failed or who cancelled it. */
  error?: Failure;
};

export type PhasePart = {
  current: Phase;
  /** Every phase entered so far, in order; the first is PLANNING. */
  history: { phase: Phase; at: string }[];
};

export type PlanPart = { goal?: string; steps: string[] };

export type TaskPart = {
  taskId: string;
  ref: string;
  agent: AgentName;
  task: string;
  author: Author;
  mode: Mode;
  strict: boolean;
  dependsOn: string[];
  /** Id of the task that this one is a part of; a task with parts is a group. */
  parentId?: string;
  part?: PartOf;
  aggregate?: Aggregate;
  voters?: number;
  minAgreement?: number;
  complexity?: number;
  routing?: Routing;
  estimate?: Estimate;
  /** Of its agent, 0 to 100. */
  agentPriority?: number;
  condition?: Condition;
  /** Another agent does this attempt, because its own is left alone for now. */
  standIn?: AgentName;
  /** `pending` until a worker has claimed it, `waiting` once it has parts. */
  status: TaskStatus;
  /** A worker may take it up; before that it can be changed and dropped. */
  dispatched?: boolean;
  /** It took longer than this before it ended; `waiting`: before anybody had begun it. */
  slow?: { expectedMs: number; waiting?: boolean };
  /** What the agent is doing now; gone when the task has ended. */
  activity?: string;
  attempt: number;
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  /** US dollars of its model calls so far; absent while none is known to have cost anything. */
  costUsd?: number;
  /** The bids so far, while its result does not tell of all of them. */
  auction?: Auction;
  result?: ResultPart;
  error?: Failure;
  /** Why nobody tries it again but a person, who may have done so or dropped it meanwhile: GET /api/runs/<id> knows. */
  dead?: DeadReason;
};

export type ResultPart = {
  text: string;
  evidence: NumberedEvidence[];
  plan?: PlanGraph;
  page?: Page;
  artifacts: ArtifactRef[];
  claims?: string[];
  confidence?: number;
  bid?: Bid;
  consensus?: Consensus;
  auction?: Auction;
  /** References of the parts that were made into it, and how. */
  aggregated?: { how: Aggregate; from: string[] };
};

/**
 * What all tasks are expected to take together, before they run: from the first start to the last end with at most 5 live
 * tasks of each agent, whatever the run's own limit is, and US dollars. A group counts by its own estimate, once.
 */
export type EstimatePart = {
  seconds: number;
  costUsd: number;
  /** Once all have ended: from the first dispatch to the last outcome, and what the model calls of all of them cost. */
  took?: { seconds: number; costUsd: number };
};

/** Everything that was posted on the run's board, in order. */
export type BoardPart = { notes: Note[] };

/** References of the tasks that a change of the plan touches. */
export type ChangePart = {
  by: "main" | "user" | "program";
  dropped: string[];
  changed: string[];
  added: string[];
  reason?: string;
};

export type ConflictSide = { ref: string; agent: string; statement: string; evidence: number };

/** Two results that contradict each other: what is shown first, and by which rule. */
export type ConflictPart = { subject: string; first: ConflictSide; second: ConflictSide; rule: string };

export type RefusalPart = { code: RefusalCode; message: string; text: string; author: Author };
export type IgnoredPart = { reason: IgnoredReason; text: string };
export type MissedPart = { hint: string; text: string };
export type LessonPart = { lesson: string; tags: string[] };
/** `runId`: another run that it speaks of. */
export type NoticePart = { text: string; runId?: string };

export type TextMark = { turn: number; note: boolean };

/** Metadata of an assistant message. User messages have none. */
export type MessageMetadata = { runId: string; startedAt: string } | undefined;

export type DeputyMessage = UIMessage<MessageMetadata, DataParts>;

export const messageIdOf = (runId: string) => `run_${runId}`;

export function textMarkOf(part: { providerMetadata?: Record<string, unknown> }): TextMark {
  const mark = part.providerMetadata?.deputy as Partial<TextMark> | undefined;
  return { turn: mark?.turn ?? 0, note: mark?.note ?? false };
}
