import { formatDuration } from "#/app/_ui/duration.ts";
import {
  agentWords,
  choiceInWords,
  count,
  deadInWords,
  ignoredWords,
  noteWords,
  phaseWords,
  refusalWords,
} from "#/app/_ui/words.ts";
import type { Action, ReplanAction } from "#/lib/protocol/action.ts";
import type { EventData, RunEvent } from "#/lib/protocol/event.ts";

/** What an event says, in one or two sentences for a person who reviews a run. Never empty. */
export function eventSentence(event: RunEvent): string {
  switch (event.type) {
    case "run.started":
      return `The run started with the message: ${event.data.text}`;
    case "run.phase-changed":
      return `${phaseWords[event.data.from]} ended, ${phaseWords[event.data.to].toLowerCase()} began.`;
    case "turn.started":
      return `Turn ${event.data.turn} of the main agent began.`;
    case "text.appended":
      return `${event.data.note ? "Working note" : "Prose"}: ${event.data.text.trim() || "blank lines"}`;
    case "turn.ended":
      return `Turn ${event.data.turn} ended (${event.data.finish})${event.data.reason === undefined ? "." : `: ${event.data.reason}`}`;
    case "plan.proposed":
      return `A plan of ${count(event.data.steps.length, "step")} was proposed: ${event.data.steps.join("; ")}`;
    case "plan.approved":
      return `The plan was approved by the ${event.data.by}.`;
    case "plan.changed":
      return planChange(event.data);
    case "action.accepted":
      return `Accepted: ${actionSentence(event.data.action)}`;
    case "action.refused":
      return `Refused, ${refusalWords[event.data.code].toLowerCase()}: ${event.data.message}`;
    case "action.ignored":
      return `A block was left alone: it stands ${ignoredWords[event.data.reason]}.`;
    case "action.missed":
      return `A line looks like an action and is none. ${event.data.hint}`;
    default:
      return taskSentence(event);
  }
}

type Early = Extract<RunEvent, { type: `turn.${string}` | `plan.${string}` | `action.${string}` }>["type"];
type Later = Exclude<RunEvent, { type: Early | "run.started" | "run.phase-changed" | "text.appended" }>;

function taskSentence(event: Later): string {
  switch (event.type) {
    case "task.created":
      return creation(event.data);
    case "task.changed":
      return `The task was changed before it started. ${agentWords[event.data.agent]} is to do: ${event.data.task}`;
    case "task.slow":
      return slowness(event.data);
    case "note.posted":
      return `${noteWords[event.data.kind]} posted on the board: ${event.data.text}`;
    case "note.retracted":
      return "A note on the board was retracted by its author.";
    case "auction.decided":
      return decision(event.data);
    case "task.dispatched":
      return "The task was announced to the workers.";
    case "task.claimed":
      return `A worker began attempt ${event.data.attempt}.`;
    case "task.progressed":
      return event.data.text;
    case "task.retried":
      return `Attempt ${event.data.attempt} failed; the next one starts in ${formatDuration(event.data.delayMs)}. ${event.data.reason.message}`;
    case "task.completed":
      return `The task was completed in ${formatDuration(event.data.milliseconds)} with ${count(event.data.result.evidence.length, "finding")}.`;
    case "task.failed":
      return failureSentence(event.data);
    case "task.cancelled":
      return `The task was cancelled: ${event.data.reason}`;
    case "task.reopened":
      return "A person wants the task tried again.";
    case "task.rerouted":
      return `${agentWords[event.data.to]} takes over from ${agentWords[event.data.from]}: ${event.data.reason}`;
    case "model.switched":
      return `The model ${event.data.to} was asked instead of ${event.data.from}: ${event.data.reason}`;
    case "run.paused":
      return `The run was paused by the ${event.data.by}.${event.data.reason === undefined ? "" : ` ${event.data.reason}`}`;
    case "run.resumed":
      return `The run goes on, by the ${event.data.by}.`;
    case "model.called":
      return `The model ${event.data.model} was called (${event.data.tier}): ${tokens(event.data)}, ${formatDuration(event.data.milliseconds)}.`;
    case "artifact.stored":
      return `${event.data.kind === "screenshot" ? "A screenshot" : "A file"} was stored: ${event.data.name}.`;
    case "lesson.learned":
      return `Learned: ${event.data.lesson}`;
    case "run.completed":
      return `The run was completed in ${formatDuration(event.data.milliseconds)}.`;
    case "run.failed":
      return `The run failed after ${formatDuration(event.data.milliseconds)}: ${event.data.error.message}`;
    case "run.cancelled":
      return `The run was cancelled by the ${event.data.by} after ${formatDuration(event.data.milliseconds)}: ${event.data.reason}`;
  }
}

function creation({ agent, task, part }: EventData<"task.created">): string {
  const given = agent === "main" ? "No agent was found for the task" : `${agentWords[agent]} was given the task`;
  if (part === undefined) return `${given}: ${task}`;
  const round = part.round === undefined || part.kind !== "bid" ? "" : ` in round ${part.round}`;
  const which = part.kind === "award" ? "the award" : `${part.kind} ${part.number} of ${part.of}${round}`;
  return `${given}, ${which}: ${task}`;
}

function planChange({ by, dropped, changed, added, reason }: EventData<"plan.changed">): string {
  const who = { main: "main agent", user: "user", program: "program" }[by];
  const what = [listed("dropped", dropped), listed("changed", changed), listed("added", added)].filter(Boolean);
  return `The plan was changed by the ${who}: ${what.join(", ") || "nothing"}.${reason === undefined ? "" : ` ${reason}`}`;
}

function decision({ round, bids, winner, reasons }: EventData<"auction.decided">): string {
  const made = bids.filter(({ bid }) => bid !== null).length;
  const award = winner === null ? "nobody was awarded the task" : `the task goes to ${agentWords[winner]}`;
  return [`Round ${round} of the auction ended with ${count(made, "bid")}: ${award}.`, ...reasons].join(" ");
}

function slowness({ expectedMs, waiting }: EventData<"task.slow">): string {
  const limit = `longer than the ${formatDuration(expectedMs)} that were expected`;
  return waiting ? `The task waits ${limit}: nobody has begun it yet.` : `The task takes ${limit}; it goes on.`;
}

function failureSentence({ attempts, error, dead }: EventData<"task.failed">): string {
  const said = `The task failed after ${count(attempts, "attempt")}: ${error.message}`;
  return dead === undefined ? said : `${said} ${deadInWords(dead, attempts)}`;
}

function actionSentence(action: Action): string {
  switch (action.kind) {
    case "plan":
      return `a plan of ${count(action.steps.length, "step")}.`;
    case "delegate":
      return `delegation ${action.id} to ${choiceInWords(action.agentType)}: ${action.task}`;
    case "replan":
      return `a change of the plan: ${replan(action)}`;
    case "verify":
      return `the verdict ${action.verdict}${action.notes === undefined ? "." : `: ${action.notes}`}`;
    case "learn":
      return `the lesson: ${action.lesson}`;
  }
}

function replan({ drop, change, reason }: ReplanAction): string {
  const what = [listed("drop", drop), listed("change", change === undefined ? [] : [change.id])].filter(Boolean);
  return `${what.join(", ")}.${reason === undefined ? "" : ` ${reason}`}`;
}

/** `dropped t1, t2`; empty when nothing is listed. */
function listed(verb: string, refs: readonly string[]): string {
  return refs.length === 0 ? "" : `${verb} ${refs.join(", ")}`;
}

function tokens({ inputTokens, outputTokens }: { inputTokens: number | null; outputTokens: number | null }): string {
  return `${inputTokens ?? "?"} tokens in, ${outputTokens ?? "?"} out`;
}
