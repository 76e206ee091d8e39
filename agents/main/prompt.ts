import { mainInstructions } from "#/agents/main/instructions.ts";
import { renderTasks } from "#/lib/actions/render.ts";
import { bounded } from "#/lib/model/boundary.ts";
import type { PromptMessage } from "#/lib/model/models.ts";
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
  return { instructions: mainInstructions(input.phase, input.agents), messages };
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
  const { nonce, plan, tasks, feedback, left } = input;
  return [
    `PHASE: ${input.phase}\nTURN: ${input.turn}\nLEFT: ${left.tasks} tasks, ${left.turns} turns, ${left.failedVerdicts} failed verdicts`,
    ...(plan ? ["The plan:", bounded("plan", JSON.stringify(plan), nonce)] : []),
    ...(tasks.length > 0 ? ["The tasks so far, one a line:", bounded("results", renderTasks(tasks), nonce)] : []),
    ...(feedback.length > 0 ? [`What went wrong before:`, bounded("feedback", feedback.join("\n"), nonce)] : []),
    whatNow(input),
  ].join("\n\n");
}

function whatNow({ phase, tasks, answerMissing, answerCutOff, left }: TurnInput): string {
  if (answerCutOff) {
    return "NOW: go on with the answer. It was cut off; write the rest of it, beginning exactly behind its last character, and repeat nothing.";
  }
  if (answerMissing) return "NOW: write the answer. Everything else is done; write prose alone, no block.";
  switch (phase) {
    case "PLANNING":
      return tasks.length > 0
        ? "NOW: the person delegated these tasks, and they have settled. Answer from their results in prose, or write a PLAN if work is missing."
        : "NOW: answer in prose if no work is needed; otherwise write the PLAN and its DELEGATE blocks.";
    case "EXECUTING":
      return "NOW: delegate what is missing.";
    case "VERIFYING":
      return left.failedVerdicts > 0
        ? "NOW: verify, then answer."
        : "NOW: verify, then answer. No failed verdict is left: pass, and name in the answer what is missing.";
    case "LEARNING":
      return "NOW: write a LEARN block if there is a lesson; the answer has been given.";
  }
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}\n[cut: ${text.length - max} more characters]`;
}
