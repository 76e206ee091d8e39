import type { AgentContext } from "#/agents/agent.ts";
import { type Aspect, splitAspects } from "#/agents/knowledge/aspects.ts";
import { type Finding, findingsFor } from "#/agents/knowledge/findings.ts";
import type { Search } from "#/agents/knowledge/input.ts";
import { reportOf } from "#/agents/knowledge/report.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const PASSAGES_PER_ASPECT = 12;

export type Answer = { readonly aspect: Aspect; readonly findings: readonly Finding[] };

/** Answers each aspect of the task by what the documents say, and says so where they say nothing. */
export async function answer(task: TaskSpec, context: AgentContext, search: Search): Promise<TaskResult> {
  const aspects = splitAspects(task.task);
  context.progress(`Searching ${counted(aspects.length, "aspect")}`);
  const answers = await Promise.all(aspects.map((aspect) => answerAspect(aspect, context, search)));
  context.signal.throwIfAborted();
  context.progress(readingOf(answers));
  return { ...reportOf(task.task, answers), ...confidenceOf(answers) };
}

async function answerAspect(aspect: Aspect, context: AgentContext, search: Search): Promise<Answer> {
  context.signal.throwIfAborted();
  const passages = await search([...aspect.subject, ...aspect.words].join(" "), PASSAGES_PER_ASPECT);
  return { aspect, findings: findingsFor(aspect, passages) };
}

/** How well the best finding of each aspect matches, on average; an aspect without any counts 0. Absent without findings. */
export function confidenceOf(answers: readonly Answer[]): { confidence?: number } {
  if (answers.every(({ findings }) => findings.length === 0)) return {};
  const best = answers.map(({ findings }) => Math.min(1, Math.max(0, ...findings.map(({ score }) => score))));
  return { confidence: Math.round((100 * best.reduce((sum, score) => sum + score, 0)) / best.length) / 100 };
}

/** What is being read, for a person. */
export function readingOf(answers: readonly Answer[]): string {
  const findings = answers.flatMap((answer) => answer.findings);
  if (findings.length === 0) return "Found nothing that answers the task";
  const passages = new Set(findings.map(({ passage }) => `${passage.documentId}/${passage.ordinal}`)).size;
  const pages = new Set(findings.map(({ passage }) => passage.documentId)).size;
  return `Reading ${counted(passages, "passage")} of ${counted(pages, "page")}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
