import type { Aggregate, IgnoredReason } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { AgentChoice, NoteKind } from "#/lib/protocol/orchestration.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { RefusalCode } from "#/lib/protocol/refusal.ts";
import type { DeadReason, RunStatus, TaskStatus } from "#/lib/protocol/task.ts";

/** What the page calls the things of the protocol. Written out here so that no schema reaches the browser. */
export const phaseOrder: readonly Phase[] = ["PLANNING", "EXECUTING", "VERIFYING", "LEARNING"];

export const phaseWords: Record<Phase, string> = {
  PLANNING: "Planning",
  EXECUTING: "Executing",
  VERIFYING: "Verifying",
  LEARNING: "Learning",
};

export const agentWords: Record<AgentName, string> = {
  main: "Deputy",
  knowledge: "Knowledge",
  planner: "Planner",
  browser: "Browser",
  code: "Code",
  test: "Test",
  review: "Review",
  debug: "Debug",
};

/** Who does a task that was delegated. It is held by the main agent only when nobody was found for it. */
export const doerWords: Record<AgentName, string> = { ...agentWords, main: "No agent" };

/** The name of an agent of which only the type is known, and that may be newer than this page. */
export function nameOfAgent(type: string): string {
  return Object.hasOwn(agentWords, type) ? agentWords[type as AgentName] : type;
}

/** Reasons as they are recorded, in one line. */
export function inOneLine(reasons: readonly string[]): string {
  return reasons.map((reason) => reason.trim().replace(/[.;]$/, "")).join("; ");
}

/** Who shall do a task, as a delegation names it. */
export function choiceInWords(choice: AgentChoice): string {
  if (choice === "any") return "whoever suits it best";
  return choice.startsWith("can:") ? `whoever can do ${choice.slice(4)}` : choice;
}

export const noteWords: Record<NoteKind, string> = { fact: "Fact", question: "Question", partial: "Partial result" };

/** How several results became one. */
export const aggregateWords: Record<Aggregate, string> = {
  concat: "put one behind the other",
  merge: "merged into one text",
  vote: "decided by a vote",
};

export const runWords: Record<RunStatus, string> = {
  active: "Running",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Stopped",
};

const taskWords: Record<TaskStatus, string> = {
  pending: "Queued",
  in_progress: "Running",
  waiting: "Waiting for its parts",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** The state of a task in words; `waitingFor` are the references of the tasks that it runs after and that have not ended. */
export function taskStateInWords(status: TaskStatus, attempt: number, waitingFor: readonly string[]): string {
  if (status !== "pending") return taskWords[status];
  if (waitingFor.length > 0) return `Waiting for ${listed(waitingFor)}`;
  return attempt > 1 ? "Queued to try again" : taskWords.pending;
}

const MOST_LISTED = 4;

function listed(refs: readonly string[]): string {
  if (refs.length <= MOST_LISTED) return refs.join(", ");
  return `${refs.slice(0, MOST_LISTED - 1).join(", ")} and ${refs.length - MOST_LISTED + 1} more`;
}

/** Why nobody but a person tries a failed task again. */
export function deadInWords(dead: DeadReason, attempts: number): string {
  switch (dead) {
    case "attempts":
      return `All of its ${count(attempts, "attempt")} failed; another one may succeed.`;
    case "poison":
      return `It ended the process that ran it ${attempts === 1 ? "once" : `${attempts} times`}, so nothing runs it again by itself.`;
    case "final":
      return "As it stands, another attempt is not expected to help.";
  }
}

export const refusalWords: Record<RefusalCode, string> = {
  "too-large": "The block is too large",
  "too-many": "Too many blocks in one output",
  truncated: "Cut off before its end marker",
  unterminated: "The end marker is missing",
  "not-allowed-in-PLANNING": "Not allowed while planning",
  "not-allowed-in-EXECUTING": "Not allowed while executing",
  "not-allowed-in-VERIFYING": "Not allowed while verifying",
  "not-allowed-in-LEARNING": "Not allowed while learning",
  "not-allowed-for-user": "Only the main agent may do this",
  "duplicate-field": "A field is given twice",
  "unknown-field": "Unknown field",
  "missing-field": "A required field is missing",
  "bad-value": "A value cannot be used",
  "unknown-agent": "Unknown agent",
  "duplicate-id": "This ID is taken",
  "unknown-dependency": "It names an unknown task",
  cycle: "It would wait for itself",
  budget: "Beyond the budget",
  depth: "Delegated too deep",
  tainted: "It repeats text from outside",
  "task-started": "The task has started already",
  "orchestration-off": "Delegation is switched off",
};

export const ignoredWords: Record<IgnoredReason, string> = {
  fenced: "inside fenced code",
  comment: "inside an HTML comment",
  details: "inside a details element",
  think: "inside the model's thinking",
};

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
