import { ConflictFold } from "#/lib/chat/conflict-parts.ts";
import type { ConflictPart } from "#/lib/chat/parts.ts";
import { eventLine, seconds } from "#/lib/cli/event-line.ts";
import { TaskNames } from "#/lib/cli/task-names.ts";
import { type Output, oneLine, type Style, styled, writeLine } from "#/lib/cli/terminal.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** Tells on standard error how a run gets on: whole lines, no spinner, nothing that is ever overwritten. */
export class Progress {
  readonly #output: Output;
  readonly #beforeLine: () => void;
  readonly #names = new TaskNames();
  readonly #tasks = new Map<string, TaskSpec>();
  readonly #conflicts = new ConflictFold();

  /** `beforeLine` is called before each line is written. */
  constructor(output: Output, beforeLine: () => void) {
    this.#output = output;
    this.#beforeLine = beforeLine;
  }

  show(event: RunEvent): void {
    const line = progressLine(event, this.#names.nameFor(event));
    if (line !== null) this.#write(styleOf(event), line);
    for (const conflict of this.#contradicted(event)) this.#write("yellow", conflictLine(conflict));
  }

  /** Prose of the main agent that is not the answer. */
  note(text: string): void {
    this.#write("dim", `note: ${oneLine(text)}`);
  }

  /** What the result of this event contradicts. */
  #contradicted({ type, taskId = "", data }: RunEvent): ConflictPart[] {
    if (type === "task.created" || type === "task.changed") this.#tasks.set(taskId, data);
    const task = this.#tasks.get(taskId);
    if (type !== "task.completed" || task === undefined || task.part !== undefined) return [];
    return this.#conflicts.push(task, data.result).map(({ conflict }) => conflict);
  }

  #write(style: Style, line: string): void {
    this.#beforeLine();
    writeLine(this.#output, styled(this.#output, style, line));
  }
}

/** Null for what a person who waits need not know; the transcript (`deputy show`) has it all. */
function progressLine(event: RunEvent, name: string): string | null {
  switch (event.type) {
    case "run.started":
      return `run ${event.runId}${event.data.offline ? " (offline model: no key is configured)" : ""}`;
    case "turn.started":
      return event.data.turn === 1 ? event.data.phase : null;
    case "run.phase-changed":
      return event.data.to;
    case "plan.proposed":
      return planLines(event.data.steps);
    case "action.refused":
      return `refused, ${eventLine(event, name)}`;
    case "action.ignored":
      return `not run, ${eventLine(event, name)}`;
    case "action.missed":
      return `no action: ${eventLine(event, name)}`;
    case "run.paused":
    case "run.resumed":
    case "model.switched":
      return eventLine(event, name);
    case "plan.changed":
      return `plan changed: ${eventLine(event, name)}`;
    case "lesson.learned":
      return `learned: ${eventLine(event, name)}`;
    case "run.completed":
      return `completed in ${seconds(event.data.milliseconds)}`;
    case "run.failed":
      return `failed ${eventLine(event, name)}`;
    case "run.cancelled":
      return `cancelled ${eventLine(event, name)}`;
    case "task.created":
    case "task.changed":
    case "task.slow":
    case "task.dispatched":
    case "task.claimed":
    case "task.completed":
    case "task.cancelled":
      return name === "main" ? null : `  ${eventLine(event, name)}`;
    case "task.progressed":
    case "task.retried":
    case "task.reopened":
    case "task.rerouted":
    case "task.failed":
    case "auction.decided":
      return `  ${eventLine(event, name)}`;
    default:
      return null;
  }
}

function conflictLine({ first, second, rule }: ConflictPart): string {
  const side = ({ ref, agent, statement }: ConflictPart["first"]) => `${ref} (${agent}) “${oneLine(statement)}”`;
  return `  these contradict each other: ${side(first)}, ${side(second)}; ${first.ref} goes first: ${oneLine(rule, 400)}`;
}

function planLines(steps: readonly string[]): string {
  return ["plan:", ...steps.map((step, at) => `  ${at + 1}. ${oneLine(step)}`)].join("\n");
}

function styleOf(event: RunEvent): Style {
  switch (event.type) {
    case "turn.started":
    case "run.phase-changed":
      return "bold";
    case "run.failed":
    case "task.failed":
      return "red";
    case "action.refused":
    case "task.retried":
    case "task.rerouted":
    case "task.slow":
    case "model.switched":
    case "run.paused":
    case "run.cancelled":
      return "yellow";
    case "run.completed":
    case "task.completed":
      return "green";
    default:
      return "dim";
  }
}
