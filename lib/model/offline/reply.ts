import { defused } from "#/lib/model/boundary.ts";
import { answerTo } from "#/lib/model/offline/answer.ts";
import { continuedDelegation, plannedDelegation } from "#/lib/model/offline/delegation.ts";
import { lessonOf } from "#/lib/model/offline/lesson.ts";
import { oneLine } from "#/lib/model/offline/one-line.ts";
import { planReply } from "#/lib/model/offline/plan-reply.ts";
import type { MainPrompt, OfflinePrompt } from "#/lib/model/offline/read-prompt.ts";
import { smallTalk } from "#/lib/model/offline/small-talk.ts";
import { verdictOn } from "#/lib/model/offline/verdict.ts";

/** `spoken`: a person watches it being written. */
export type Reply = { readonly text: string; readonly spoken: boolean };

const maxReason = 1_000;

export function replyTo(prompt: OfflinePrompt): Reply {
  switch (prompt.kind) {
    case "main":
      return { text: mainReply(prompt), spoken: true };
    case "planner":
      return { text: planReply(prompt.assignment, prompt.tasks), spoken: false };
    case "other":
      return { text: unknownPrompt, spoken: false };
  }
}

const unknownPrompt =
  "This is the offline model. It answers by rules, and it has none for this prompt. Connect a model with OPENAI_API_KEY or OPENAI_BASE_URL.";

function mainReply(prompt: MainPrompt): string {
  if (prompt.answerCutOff) return restOfAnswer(prompt);
  if (prompt.answerMissing) return answerTo(prompt);
  switch (prompt.phase) {
    case "PLANNING":
      return planning(prompt);
    case "EXECUTING":
      return executing(prompt);
    case "VERIFYING":
      return [verdictOn(prompt.tasks), answerTo(prompt), lessonOf(prompt.tasks)].join("\n\n");
    case "LEARNING":
      return prompt.outputs.some((output) => output.includes("ACTION: LEARN")) ? "Done." : lessonOf(prompt.tasks);
  }
}

/** The same results give the same answer, so what was written of it before it was cut off is its beginning. */
function restOfAnswer(prompt: MainPrompt): string {
  const whole = prompt.tasks.length > 0 ? answerTo(prompt) : (answerWithoutTasks(prompt) ?? "");
  const written = prompt.outputs.map(proseBehindBlocks).join("").trimStart();
  const isWritten = written.startsWith(whole);
  const rest = isWritten ? "" : whole.startsWith(written) ? whole.slice(written.length) : `\n\n${whole}`;
  return prompt.phase === "LEARNING" ? `${rest}\n\n${lessonOf(prompt.tasks)}` : rest;
}

/** Of an output that verified: what stands behind the verdict. Of one that only planned or delegated: nothing. */
function proseBehindBlocks(output: string): string {
  if (!/^ACTION:/m.test(output)) return output;
  const at = output.lastIndexOf("ACTION: VERIFY");
  return at === -1 ? "" : output.slice(output.indexOf("---END---", at) + "---END---".length);
}

function planning(prompt: MainPrompt): string {
  const refused = prompt.outputs.length === 0 && prompt.mayDelegate ? refusalsOf(prompt) : [];
  if (prompt.tasks.length > 0) return [answerTo(prompt), ...refused].join("\n\n");
  // Whoever wrote a delegation with a mistake wants it mended, not its words looked up.
  if (refused.length > 0) return refused.join("\n\n");
  return answerWithoutTasks(prompt) ?? plannedDelegation(prompt);
}

/** What of the person's own delegations was refused, and why; the first turn is told of nothing else. */
function refusalsOf({ feedback }: MainPrompt): string[] {
  const reasons = feedback.map((line) => /^Your block \d+ was refused \([a-z-]+\): (.*)$/.exec(line)?.[1] ?? line);
  return reasons.map((reason) => `This was not delegated: ${defused(oneLine(reason, maxReason))}`);
}

/** Null when the request holds work, and somebody can be asked to do it. */
function answerWithoutTasks(prompt: MainPrompt): string | null {
  return prompt.mayDelegate ? smallTalk(prompt.request) : (smallTalk(prompt.request, nothingAlone) ?? answerAlone);
}

function executing(prompt: MainPrompt): string {
  if (!prompt.mayDelegate) return "Delegation is switched off, so nothing more is looked up.";
  if (prompt.isAfterFailure) return "What depends on the failed task cannot be done without it.";
  return continuedDelegation(prompt);
}

const nothingAlone =
  "At the moment I can only talk: delegation is switched off here (setting `DEPUTY_ORCHESTRATION`), so no agent searches documents, opens pages or writes plans.";

const answerAlone =
  "I cannot look this up: delegation is switched off here (setting `DEPUTY_ORCHESTRATION`), so no agent searches documents, opens pages or writes plans, and the offline model that is answering knows nothing by itself. Ask again when delegation is switched on, or connect a language model with `OPENAI_API_KEY` or `OPENAI_BASE_URL`.";
