import { mainInstructions } from "#/agents/main/instructions.ts";
import { renderConflicts, renderTasks } from "#/lib/actions/render.ts";
import { bounded } from "#/lib/model/boundary.ts";
import type { PromptMessage } from "#/lib/model/models.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { TurnInput } from "#/lib/protocol/turn.ts";

/** In UTF-16 units. */
const maxRequest = 60_000;
const maxSaid = 2_000;
const maxHistory = 12;
const maxLessons = 10;

/**
 * The prompt of one turn, a function of its input alone:
 *
 *     user        nonce, history, lessons, the request
 *     assistant   what the main agent wrote in this run, turn by turn, with a short line of the user's between
 *     user        the state: phase, what is left of the budgets, plan, results, feedback, what to do now
 *
 * With nothing written yet the two user messages are one. Everything that comes from outside stands in boundaries.
 */
export function mainPrompt(input: TurnInput): { instructions: string; messages: PromptMessage[] } {
  const messages: PromptMessage[] = [{ role: "user", content: opening(input) }];
  for (const output of input.outputs) {
    if (output.text.trim() === "") continue;
    append(messages, { role: "assistant", content: output.text });
    if (output.interrupted) append(messages, { role: "user", content: interruption });
  }
  append(messages, { role: "user", content: state(input) });
  return { instructions: mainInstructions(input), messages };
}

const interruption = "Your output was cut off here. What its complete blocks did is kept; go on from there.";

/** Two messages of one role in a row become one: some servers accept only messages that alternate. */
function append(messages: PromptMessage[], next: PromptMessage) {
  const last = messages.at(-1);
  if (last?.role !== next.role) messages.push(next);
  else messages.splice(-1, 1, { role: last.role, content: `${last.content}\n\n${next.content}` });
}

function opening({ nonce, history, lessons, message }: TurnInput): string {
  const said = history.slice(-maxHistory).map(({ role, text }) => JSON.stringify({ role, text: cut(text, maxSaid) }));
  const learned = lessons.slice(0, maxLessons).map((lesson) => JSON.stringify(cut(lesson, maxSaid)));
  return [
    `NONCE: ${nonce}`,
    ...(said.length > 0 ? ["What was said before, oldest first:", bounded("history", said.join("\n"), nonce)] : []),
    ...(learned.length > 0 ? ["Lessons of earlier runs:", bounded("lessons", learned.join("\n"), nonce)] : []),
    "The request:",
    bounded("request", cut(message, maxRequest), nonce),
  ].join("\n\n");
}

function state(input: TurnInput): string {
  const { nonce, plan, tasks, conflicts = [], feedback, left, orchestration } = input;
  const tasksLeft = orchestration === false ? 0 : left.tasks;
  return [
    `PHASE: ${input.phase}\nTURN: ${input.turn}\nLEFT: ${tasksLeft} tasks, ${left.turns} turns, ${left.failedVerdicts} failed verdicts`,
    ...(plan ? ["The plan:", bounded("plan", JSON.stringify(plan), nonce)] : []),
    ...(tasks.length > 0 ? ["The tasks so far, one a line:", bounded("results", renderTasks(tasks), nonce)] : []),
    ...(conflicts.length > 0
      ? [
          "Results that contradict each other, a pair a line; the first goes first, by the rule:",
          bounded("conflicts", renderConflicts(conflicts), nonce),
        ]
      : []),
    ...(feedback.length > 0 ? [`What went wrong before:`, bounded("feedback", feedback.join("\n"), nonce)] : []),
    whatNow(input),
  ].join("\n\n");
}

function whatNow(input: TurnInput): string {
  if (input.answerCutOff) {
    return "NOW: go on with the answer. It was cut off; write the rest of it, beginning exactly behind its last character, and repeat nothing.";
  }
  if (input.answerMissing) return "NOW: write the answer. Everything else is done; write prose alone, no block.";
  return input.orchestration === false ? whatNowAlone(input.phase) : whatNowIn(input);
}

function whatNowIn({ phase, tasks, left, lost = [] }: TurnInput): string {
  switch (phase) {
    case "PLANNING":
      return tasks.length > 0
        ? "NOW: the person delegated these tasks, and they have settled. Answer from their results in prose, or write a PLAN if work is missing."
        : "NOW: answer in prose if no work is needed; otherwise write the PLAN and its DELEGATE blocks.";
    case "EXECUTING":
      return lost.length > 0 ? afterFailure(lost, tasks) : "NOW: delegate what is missing.";
    case "VERIFYING":
      return left.failedVerdicts > 0
        ? "NOW: verify, then answer."
        : "NOW: verify, then answer. No failed verdict is left: pass, and name in the answer what is missing.";
    case "LEARNING":
      return learnNow;
  }
}

function whatNowAlone(phase: Phase): string {
  switch (phase) {
    case "PLANNING":
      return "NOW: answer in prose, from this conversation. Delegation is switched off.";
    case "EXECUTING":
      return "NOW: delegation is switched off. Write one short sentence, no block; the results at hand are verified next.";
    case "VERIFYING":
      return "NOW: verify, then answer. Nothing more can be delegated: pass, and name in the answer what is missing.";
    case "LEARNING":
      return learnNow;
  }
}

const learnNow = "NOW: write a LEARN block if there is a lesson; the answer has been given.";

function afterFailure(lost: readonly string[], tasks: TurnInput["tasks"]): string {
  const failed = lost.length === 1 ? `a task failed (${lost[0]})` : `tasks failed (${lost.join(", ")})`;
  const on = lost.length === 1 ? "it" : "them";
  const waiting = waitingFor(lost, tasks).join(", ");
  return `NOW: ${failed}, and tasks that have not started depend on ${on}${waiting && ` (${waiting})`}. Change the plan with a REPLAN block or further DELEGATE blocks, or write one sentence: then they are cancelled.`;
}

/** Those that depend on what was lost, directly or over others. */
function waitingFor(lost: readonly string[], tasks: TurnInput["tasks"]): string[] {
  const reached = new Set(lost);
  for (let before = -1; before !== reached.size; ) {
    before = reached.size;
    for (const task of tasks) {
      if (task.status === "pending" && task.dependsOn?.some((ref) => reached.has(ref))) reached.add(task.ref);
    }
  }
  return tasks.map(({ ref }) => ref).filter((ref) => reached.has(ref) && !lost.includes(ref));
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}\n[cut: ${text.length - max} more characters]`;
}
