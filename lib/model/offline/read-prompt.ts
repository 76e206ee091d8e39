import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import { z } from "zod";
import { insideBoundary } from "#/lib/model/boundary.ts";
import { identities } from "#/lib/model/identities.ts";
import { Phase } from "#/lib/protocol/phase.ts";
import { PlanGraph } from "#/lib/protocol/result.ts";

/** What the offline model understands of a prompt: whose it is, and what stands in its boundaries. */
export type OfflinePrompt =
  | {
      readonly kind: "main";
      readonly phase: Phase;
      readonly request: string;
      /** The person's messages before this one, newest first. */
      readonly earlier: readonly string[];
      readonly tasks: readonly ReportedTask[];
      readonly conflicts: readonly ReportedConflict[];
      readonly tasksLeft: number;
      readonly answerMissing: boolean;
      readonly answerCutOff: boolean;
      /** False while delegation is switched off: the prompt shows no form of a DELEGATE block. */
      readonly mayDelegate: boolean;
      /** A task failed on which tasks depend that have not started. */
      readonly isAfterFailure: boolean;
      readonly outputs: readonly string[];
      /** What was wrong with what the person, or the model before, wrote; one a line. */
      readonly feedback: readonly string[];
    }
  | { readonly kind: "planner"; readonly assignment: string; readonly tasks: readonly ReportedTask[] }
  | { readonly kind: "other" };

export type MainPrompt = Extract<OfflinePrompt, { kind: "main" }>;

const ReportedEvidence = z.object({
  n: z.number().int().default(0),
  claim: z.string(),
  quote: z.string(),
  where: z.string(),
  origin: z.string(),
});
export type ReportedEvidence = z.infer<typeof ReportedEvidence>;

const ReportedVote = z.object({
  reached: z.boolean(),
  winner: z.string().nullable(),
  share: z.string(),
  needed: z.string(),
  votes: z.number().int(),
  dissent: z.array(z.object({ answer: z.string(), by: z.array(z.string()) })).default([]),
  silent: z.array(z.object({ id: z.string() })).default([]),
  tie: z.string().optional(),
});

const ReportedAuction = z.object({
  winner: z.string().nullable(),
  bidders: z.number().int(),
  bid: z.object({ price: z.number(), seconds: z.number() }).optional(),
  reasons: z.array(z.string()).default([]),
});

/** One line of the results. */
const ReportedTask = z.object({
  id: z.string(),
  agent: z.string(),
  status: z.string(),
  task: z.string(),
  error: z.string().optional(),
  text: z.string().optional(),
  vote: ReportedVote.optional(),
  auction: ReportedAuction.optional(),
  remarks: z.array(z.string()).default([]),
  evidence: z.array(ReportedEvidence).default([]),
  plan: PlanGraph.optional(),
  page: z
    .object({ title: z.string(), url: z.string(), status: z.number().nullish(), text: z.string().default("") })
    .optional(),
});
export type ReportedTask = z.infer<typeof ReportedTask>;

const ReportedSide = z.object({ id: z.string(), agent: z.string(), statement: z.string() });

/** One line of the conflicts. */
const ReportedConflict = z.object({ first: ReportedSide, second: ReportedSide, rule: z.string() });
export type ReportedConflict = z.infer<typeof ReportedConflict>;

const Said = z.object({ role: z.string(), text: z.string() });

export function readPrompt(prompt: LanguageModelV4Prompt): OfflinePrompt {
  const instructions = textOf(prompt, "system").join("\n");
  const messages = textOf(prompt, "user");
  const nonce = /^NONCE: (\S+)/.exec(messages[0] ?? "")?.[1];
  if (nonce === undefined) return { kind: "other" };
  const inside = (name: string) => lastInside(messages, name, nonce);
  const tasks = readLines(inside("results"), ReportedTask);
  if (instructions.startsWith(identities.planner)) {
    return { kind: "planner", assignment: inside("assignment"), tasks };
  }
  const phase = Phase.safeParse(/^PHASE: (\w+)$/m.exec(instructions)?.[1]);
  if (!instructions.startsWith(identities.main) || !phase.success) return { kind: "other" };
  const state = outsideBoundaries(messages.at(-1) ?? "", nonce);
  return {
    kind: "main",
    phase: phase.data,
    request: inside("request"),
    earlier: readLines(inside("history"), Said)
      .filter((said) => said.role === "user")
      .map((said) => said.text)
      .toReversed(),
    tasks,
    conflicts: readLines(inside("conflicts"), ReportedConflict),
    tasksLeft: Number(/^LEFT: (\d+) tasks/m.exec(state)?.[1] ?? 0),
    answerMissing: /^NOW: write the answer\./m.test(state),
    answerCutOff: /^NOW: go on with the answer\./m.test(state),
    mayDelegate: /^ACTION: DELEGATE$/m.test(instructions),
    isAfterFailure: /^NOW: (?:a task|tasks) failed \(/m.test(state),
    outputs: textOf(prompt, "assistant"),
    feedback: inside("feedback")
      .split("\n")
      .filter((line) => line !== ""),
  };
}

/** The text of every message with this role, in order. */
function textOf(prompt: LanguageModelV4Prompt, role: "system" | "user" | "assistant"): string[] {
  return prompt.filter((message) => message.role === role).map(({ content }) => plainText(content));
}

function plainText(content: LanguageModelV4Prompt[number]["content"]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function lastInside(messages: readonly string[], name: string, nonce: string): string {
  const found = messages.map((message) => insideBoundary(message, name, nonce)).filter((text) => text !== null);
  return found.at(-1) ?? "";
}

/** Lines that cannot be read are left out. */
function readLines<T>(text: string, schema: z.ZodType<T>): T[] {
  return text.split("\n").flatMap((line) => {
    const read = schema.safeParse(readJson(line));
    return read.success ? [read.data] : [];
  });
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    return error;
  }
}

function outsideBoundaries(text: string, nonce: string): string {
  return text
    .split(`<<<DATA ${nonce} `)
    .map((piece, at) => (at === 0 ? piece : (piece.split(`>>>END ${nonce}`)[1] ?? "")))
    .join("\n");
}
