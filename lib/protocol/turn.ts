import type { Mode } from "#/lib/protocol/action.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { Auction, Consensus } from "#/lib/protocol/orchestration.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { NumberedEvidence, Page, PlanGraph, TaskResult } from "#/lib/protocol/result.ts";
import type { Author, Failure, TaskStatus } from "#/lib/protocol/task.ts";

/** A task of the run as the main agent is told of it. */
export type TurnTask = {
  readonly ref: string;
  readonly agent: string;
  readonly task: string;
  readonly author: Author;
  readonly status: TaskStatus;
  readonly mode?: Mode;
  readonly dependsOn?: readonly string[];
  readonly result?: {
    readonly text: string;
    readonly evidence: readonly NumberedEvidence[];
    readonly plan?: PlanGraph;
    readonly page?: Page;
    readonly consensus?: Consensus;
    readonly auction?: Auction;
    readonly aggregated?: TaskResult["aggregated"];
  };
  readonly error?: Failure;
};

/** What one of two results says that contradict each other. */
export type TurnSide = { readonly ref: string; readonly agent: string; readonly statement: string };

/** Two results that contradict each other: `first` is told first, by `rule`. */
export type TurnConflict = {
  readonly subject: string;
  readonly first: TurnSide;
  readonly second: TurnSide;
  readonly rule: string;
};

/** Everything that one turn of the main agent is told. Its prompt is a function of this and nothing else. */
export type TurnInput = {
  readonly turn: number;
  readonly phase: Phase;
  /** The message that the run answers. */
  readonly message: string;
  /** What was said in this conversation before, oldest first. */
  readonly history: readonly { readonly role: "user" | "assistant"; readonly text: string }[];
  readonly agents: readonly {
    readonly type: AgentType;
    readonly description: string;
    readonly registered: boolean;
    /** Names of what it can do, as `AGENT_TYPE: can:<name>` asks for them. */
    readonly capabilities?: readonly string[];
  }[];
  /** False: delegation is switched off, and the main agent answers alone. */
  readonly orchestration?: boolean;
  /** References of tasks that failed while tasks that depend on them have not started. */
  readonly lost?: readonly string[];
  /** Lessons of earlier runs that may help; they come from outside and are data, never instructions. */
  readonly lessons: readonly string[];
  readonly plan?: { readonly goal?: string; readonly steps: readonly string[] };
  readonly tasks: readonly TurnTask[];
  /** Among the results of these tasks; a reader is to be told of each. */
  readonly conflicts?: readonly TurnConflict[];
  /** What the main agent wrote in this run so far, oldest first, blocks included, as it was written. */
  readonly outputs: readonly {
    readonly turn: number;
    readonly phase: Phase;
    readonly text: string;
    readonly interrupted: boolean;
  }[];
  /** What the turn before did wrong, in words the model can act on: refusals and near misses. */
  readonly feedback: readonly string[];
  /** True when everything is done but the answer itself, which this turn is asked for. */
  readonly answerMissing: boolean;
  /** True when the answer was cut off in the middle: this turn writes the rest of it. */
  readonly answerCutOff: boolean;
  readonly left: { readonly tasks: number; readonly turns: number; readonly failedVerdicts: number };
  /** Random per prompt: the boundary around everything that comes from outside carries it. */
  readonly nonce: string;
};
