import type { Agent, AgentContext } from "#/agents/agent.ts";
import { type Aspect, splitAspects } from "#/agents/knowledge/aspects.ts";
import { type Finding, findingsFor } from "#/agents/knowledge/findings.ts";
import { reportOf } from "#/agents/knowledge/report.ts";
import { env } from "#/lib/env.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const PASSAGES_PER_ASPECT = 12;

/**
 * Answers from the ingested documents and from nothing else: each finding quotes a passage letter by letter and names
 * where it stands. What the documents do not answer, it says. Calls no model.
 */
export const knowledge: Agent = {
  type: "knowledge",
  name: "Knowledge",
  description:
    "Searches the ingested documents and brings findings, each with a quoted passage and its source; says so when they hold no answer.",
  capabilities: [
    { name: "search", description: "Full-text search over the ingested documents, by words, stems and identifiers" },
    { name: "quote", description: "Findings with the exact words of the source and a link to the passage" },
  ],
  get timeoutMs() {
    return env().budgets.taskMs;
  },
  concurrency: 4,
  execute,
};

async function execute(task: TaskSpec, context: AgentContext): Promise<TaskResult> {
  const aspects = splitAspects(task.task);
  context.progress(`Searching ${counted(aspects.length, "aspect")}`);
  const answers = await Promise.all(aspects.map((aspect) => answer(aspect, context)));
  context.signal.throwIfAborted();
  context.progress(readingOf(answers.flatMap((found) => found.findings)));
  return reportOf(task.task, answers);
}

async function answer(aspect: Aspect, context: AgentContext): Promise<{ aspect: Aspect; findings: Finding[] }> {
  context.signal.throwIfAborted();
  const passages = await context.search([...aspect.subject, ...aspect.words].join(" "), PASSAGES_PER_ASPECT);
  return { aspect, findings: findingsFor(aspect, passages) };
}

function readingOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Found nothing that answers the task";
  const passages = new Set(findings.map(({ passage }) => `${passage.documentId}/${passage.ordinal}`)).size;
  const pages = new Set(findings.map(({ passage }) => passage.documentId)).size;
  return `Reading ${counted(passages, "passage")} of ${counted(pages, "page")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
