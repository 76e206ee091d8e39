import { answerTo } from "#/lib/model/offline/answer.ts";
import { continuedDelegation, plannedDelegation } from "#/lib/model/offline/delegation.ts";
import { lessonOf } from "#/lib/model/offline/lesson.ts";
import { planReply } from "#/lib/model/offline/plan-reply.ts";
import type { OfflinePrompt } from "#/lib/model/offline/read-prompt.ts";
import { smallTalk } from "#/lib/model/offline/small-talk.ts";
import { verdictOn } from "#/lib/model/offline/verdict.ts";

/** `spoken`: a person watches it being written. */
export type Reply = { readonly text: string; readonly spoken: boolean };

type MainPrompt = Extract<OfflinePrompt, { kind: "main" }>;

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
  if (prompt.answerMissing) return answerTo(prompt.tasks);
  switch (prompt.phase) {
    case "PLANNING":
      return planning(prompt);
    case "EXECUTING":
      return continuedDelegation(prompt);
    case "VERIFYING":
      return [verdictOn(prompt.tasks), answerTo(prompt.tasks), lessonOf(prompt.tasks)].join("\n\n");
    case "LEARNING":
      return prompt.outputs.some((output) => output.includes("ACTION: LEARN")) ? "Done." : lessonOf(prompt.tasks);
  }
}

function planning(prompt: MainPrompt): string {
  if (prompt.tasks.length > 0) return answerTo(prompt.tasks);
  return smallTalk(prompt.request) ?? plannedDelegation(prompt);
}
