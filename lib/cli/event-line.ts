import { oneLine } from "#/lib/cli/terminal.ts";
import { unreachable } from "#/lib/errors.ts";
import type { Action } from "#/lib/protocol/action.ts";
import type { EventData, RunEvent } from "#/lib/protocol/event.ts";
import type { Estimate } from "#/lib/protocol/orchestration.ts";
import type { Author, DeadReason } from "#/lib/protocol/task.ts";

/** What is said of an event in one line, without its number, time and type. `name` tells a task: `t1`, or `main`. */
export function eventLine(event: RunEvent, name: string): string {
  switch (event.type) {
    case "run.started":
      return `${oneLine(event.data.text)}${event.data.offline ? " (the offline model answers: no key is configured)" : ""}`;
    case "run.phase-changed":
      return `${event.data.from} -> ${event.data.to}`;
    case "turn.started":
      return `turn ${event.data.turn} in ${event.data.phase}`;
    case "text.appended":
      return `${event.data.note ? "note: " : ""}${oneLine(event.data.text)}`;
    case "turn.ended":
      return turnEndLine(event.data);
    case "plan.proposed":
      return planLine(event.data);
    case "plan.approved":
      return `by the ${event.data.by}`;
    case "action.accepted":
      return `${authorLine(event.data.author)}${actionLine(event.data.action)}`;
    case "action.refused":
      return `${event.data.code}: ${oneLine(event.data.message, 400)}`;
    case "action.ignored":
      return `${event.data.reason}: ${oneLine(event.data.text)}`;
    case "action.missed":
      return oneLine(event.data.hint, 400);
    case "plan.changed":
      return planChangeLine(event.data);
    case "note.posted":
      return `${event.taskId === undefined ? "the program" : name}, ${event.data.kind}: ${oneLine(event.data.text, 400)}${event.data.source === undefined ? "" : ` (${oneLine(event.data.source)})`}`;
    case "note.retracted":
      return `${event.taskId === undefined ? "the program" : name} took a note back`;
    case "auction.decided":
      return `${name} ${auctionLine(event.data)}`;
    case "lesson.learned":
      return oneLine(event.data.lesson, 400);
    case "artifact.stored":
      return `${name}: ${event.data.kind} ${oneLine(event.data.name)}, ${event.data.bytes} bytes, /api/artifacts/${event.data.id}`;
    case "model.called":
      return modelLine(event.data);
    case "model.switched":
      return `${oneLine(event.data.from)} replaced by ${oneLine(event.data.to)}: ${oneLine(event.data.reason, 400)}`;
    case "run.paused":
      return `paused by the ${event.data.by}${event.data.reason === undefined ? "" : `: ${oneLine(event.data.reason)}`}`;
    case "run.resumed":
      return `resumed by the ${event.data.by}`;
    case "run.completed":
      return `after ${seconds(event.data.milliseconds)}`;
    case "run.failed":
      return `after ${seconds(event.data.milliseconds)}, ${failureLine(event.data.error)}`;
    case "run.cancelled":
      return `after ${seconds(event.data.milliseconds)}, by the ${event.data.by}: ${oneLine(event.data.reason)}`;
    default:
      return `${name} ${taskLine(event)}`;
  }
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

function slowLine({ expectedMs, waiting }: EventData<"task.slow">): string {
  const limit = `longer than the ${seconds(expectedMs)} that were expected`;
  return waiting ? `waits ${limit}: nobody has begun it` : `takes ${limit}`;
}

/** What happened to a task, without its name. */
function taskLine(event: Extract<RunEvent, { type: `task.${string}` }>): string {
  switch (event.type) {
    case "task.created":
      return `${whoLine(event.data)}: ${oneLine(event.data.task)}${asideLine(event.data)}`;
    case "task.changed":
      return `changed, ${event.data.agent}: ${oneLine(event.data.task)}${asideLine(event.data)}`;
    case "task.slow":
      return slowLine(event.data);
    case "task.dispatched":
      return "queued";
    case "task.claimed":
      return `running${event.data.attempt > 1 ? ` (attempt ${event.data.attempt})` : ""}`;
    case "task.progressed":
      return oneLine(event.data.text);
    case "task.retried":
      return `tried again in ${seconds(event.data.delayMs)} (attempt ${event.data.attempt}), ${failureLine(event.data.reason)}`;
    case "task.completed":
      return `done in ${seconds(event.data.milliseconds)}${findingsLine(event.data.result.evidence.length)}`;
    case "task.failed":
      return `failed${deadLine(event.data.dead)}, ${failureLine(event.data.error)}`;
    case "task.reopened":
      return "tried again by the user";
    case "task.rerouted":
      return `given to ${event.data.to} instead of ${event.data.from}: ${oneLine(event.data.reason, 400)}`;
    case "task.cancelled":
      return `cancelled: ${oneLine(event.data.reason)}`;
    default:
      return unreachable(event);
  }
}

/** Who does it; of a part of a group also what it is for. */
function whoLine({ agent, part }: EventData<"task.created">): string {
  switch (part?.kind) {
    case "vote":
      return `${agent}, voter ${part.number} of ${part.of}`;
    case "bid":
      return `${agent}, asked for a bid${(part.round ?? 1) > 1 ? ` in round ${part.round}` : ""}`;
    case "award":
      return `${agent}, awarded`;
    default:
      return agent === "main" ? "nobody" : agent;
  }
}

function deadLine(dead: DeadReason | undefined): string {
  return dead === undefined ? "" : ` (dead letter: ${dead})`;
}

function actionLine(action: Action): string {
  switch (action.kind) {
    case "plan":
      return `PLAN of ${action.steps.length} ${action.steps.length === 1 ? "step" : "steps"}`;
    case "delegate":
      return `DELEGATE ${action.id} to ${action.agentType}${modeLine(action)}`;
    case "replan":
      return `REPLAN ${replanLine(action)}`;
    case "verify":
      return `VERIFY ${action.verdict}${action.notes === undefined ? "" : `: ${oneLine(action.notes)}`}`;
    case "learn":
      return "LEARN";
    default:
      return unreachable(action);
  }
}

function authorLine(author: Author): string {
  if (author === "main") return "";
  return author === "agent" ? "from an agent: " : `from the ${author}: `;
}

function modeLine({ mode, voters }: Extract<Action, { kind: "delegate" }>): string {
  if (mode === "parallel") return "";
  return voters === undefined ? `, ${mode}` : `, ${mode} of ${voters}`;
}

function replanLine({ drop, change }: Extract<Action, { kind: "replan" }>): string {
  const dropped = drop.length === 0 ? [] : [`drops ${drop.join(", ")}`];
  return [...dropped, ...(change === undefined ? [] : [`changes ${change.id}`])].join(", ");
}

function planChangeLine({ by, dropped, changed, added, reason }: EventData<"plan.changed">): string {
  const parts = [
    ...(dropped.length === 0 ? [] : [`dropped ${dropped.join(", ")}`]),
    ...(changed.length === 0 ? [] : [`changed ${changed.join(", ")}`]),
    ...(added.length === 0 ? [] : [`added ${added.join(", ")}`]),
  ];
  const who = by === "main" ? "by the main agent" : `by the ${by}`;
  return `${parts.join("; ")}, ${who}${reason === undefined ? "" : `: ${oneLine(reason)}`}`;
}

function auctionLine({ round, bids, winner, reasons }: EventData<"auction.decided">): string {
  const made = bids.filter(({ bid }) => bid !== null).length;
  const result = winner === null ? "no award" : `awarded to ${winner}`;
  const why = reasons.length === 0 ? "" : `: ${oneLine(reasons.join("; "), 400)}`;
  return `auction, round ${round}, ${made} ${made === 1 ? "bid" : "bids"}, ${result}${why}`;
}

function planLine({ goal, steps }: EventData<"plan.proposed">): string {
  const numbered = steps.map((step, at) => `${at + 1}. ${oneLine(step)}`).join("  ");
  return goal === undefined ? numbered : `${oneLine(goal)}: ${numbered}`;
}

function turnEndLine({ turn, finish, note, reason }: EventData<"turn.ended">): string {
  const how = finish === "stop" ? "" : finish === "length" ? ", cut off by the model's limit" : ", interrupted";
  return `turn ${turn}${how}${note ? ", its prose is a note" : ""}${reason === undefined ? "" : ` (${oneLine(reason)})`}`;
}

function modelLine({
  model,
  tier,
  inputTokens,
  outputTokens,
  costUsd,
  milliseconds,
}: EventData<"model.called">): string {
  const tokens = inputTokens === null || outputTokens === null ? "" : `, ${inputTokens} tokens in, ${outputTokens} out`;
  const cost = costUsd === null ? "" : `, $${costUsd.toFixed(4)}`;
  return `${oneLine(model)} (${tier}), ${seconds(milliseconds)}${tokens}${cost}`;
}

function failureLine(failure: { code: string; message: string }): string {
  return `${failure.code}: ${oneLine(failure.message, 400)}`;
}

/** What it runs after, and what it is expected to take; a group's own estimate speaks for its votes, bids and award. */
function asideLine({ dependsOn, estimate }: EventData<"task.created">): string {
  const asides = [
    ...(dependsOn.length === 0 ? [] : [`after ${dependsOn.join(", ")}`]),
    ...(estimate === undefined ? [] : [`expected ${expectedLine(estimate)}`]),
  ];
  return asides.length === 0 ? "" : ` (${asides.join("; ")})`;
}

function expectedLine({ seconds: expected, costUsd }: Estimate): string {
  return `${seconds(expected * 1_000)}${costUsd === 0 ? "" : `, $${costUsd.toFixed(4)}`}`;
}

function findingsLine(count: number): string {
  return count === 0 ? "" : `, ${count} ${count === 1 ? "finding" : "findings"}`;
}
