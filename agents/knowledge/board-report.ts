import type { Finding } from "#/agents/knowledge/findings.ts";
import { evidenceOf, placeOf, shortened } from "#/agents/knowledge/report.ts";
import type { Note } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/**
 * What follows from the board for a question: its facts in the order in which they were posted, so that each one rests on
 * those above it. Own facts come with their quotes as evidence; those of others are named as theirs.
 */
export function boardReport(task: TaskSpec, facts: readonly Note[], posted: ReadonlyMap<string, Finding>): TaskResult {
  const own = facts.filter(({ author, text }) => author === task.ref && posted.has(text));
  const lines = facts.map((fact) => lineOf(fact, fact.author === task.ref ? posted.get(fact.text) : undefined));
  const nothing = `Nothing in the documents of this task answers “${shortened(task.task)}”`;
  const text =
    lines.length === 0
      ? `${nothing}, and nothing on the board led further.`
      : [...(own.length === 0 ? [`${nothing}. What others posted on the board:`] : []), lines.join("\n")].join("\n\n");
  const evidence = own.flatMap((fact) => posted.get(fact.text) ?? []).map(evidenceOf);
  return { text, evidence, claims: own.map((fact) => fact.text), artifacts: [] };
}

function lineOf({ author, text, source }: Note, finding: Finding | undefined): string {
  if (finding === undefined) return `- ${author} found: ${oneLine(text)}${linkTo(source)}`;
  const found = evidenceOf(finding);
  return `- ${text} ([${placeOf(found)}](${found.source.url}))`;
}

/** Anything may stand in a note: what is no plain address is left out. */
function linkTo(source: string | undefined): string {
  return source !== undefined && /^(?:https?:\/\/|\/)[^\s()<>[\]]*$/.test(source) ? ` ([source](${source}))` : "";
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
