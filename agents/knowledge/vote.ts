import type { AgentContext } from "#/agents/agent.ts";
import { type Answer, confidenceOf, readingOf } from "#/agents/knowledge/answer.ts";
import { type Aspect, splitAspects } from "#/agents/knowledge/aspects.ts";
import { type Finding, findingsFor } from "#/agents/knowledge/findings.ts";
import type { Search } from "#/agents/knowledge/input.ts";
import { reportOf } from "#/agents/knowledge/report.ts";
import { judge, type Statement, statementOf } from "#/agents/knowledge/statement.ts";
import { unitsOf } from "#/agents/knowledge/units.ts";
import { limitFor, queriesFor } from "#/agents/knowledge/wording.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

type Verdict = { readonly says: "yes" | "no" | "not known"; readonly share: number; readonly findings: Finding[] };

const MAX_DECIDING = 2;
const headings = {
  yes: "Yes, the documents say so",
  no: "No, the documents say otherwise",
  "not known": "Not known: no sentence of the documents that were found says so or denies it",
} as const;

/**
 * The ballot of one voter. Each voter words its search in its own way (see queriesFor), so that one unlucky wording does not
 * decide. Where the task asks whether something is true, the first claim is `yes`, `no` or `not known` by the sentences that
 * were found (see judge); the claims of the evidence follow. Otherwise these are the claims.
 */
export async function vote(task: TaskSpec, number: number, context: AgentContext, search: Search): Promise<TaskResult> {
  const statement = statementOf(task.task);
  const aspects = splitAspects(statement?.text ?? task.task);
  context.progress(`Searching as voter ${number}`);
  const found = await Promise.all(aspects.map((aspect) => passagesFor(aspect, number, context, search)));
  context.signal.throwIfAborted();
  const answers = aspects.map((aspect, at): Answer => ({ aspect, findings: findingsFor(aspect, found[at] ?? []) }));
  context.progress(readingOf(answers));
  return statement === null ? openBallot(task, answers) : ballot(task, verdictOf(statement, found.flat()), answers);
}

function openBallot(task: TaskSpec, answers: readonly Answer[]): TaskResult {
  const report = reportOf(task.task, answers);
  return { ...report, claims: report.evidence.map(({ claim }) => claim), ...confidenceOf(answers) };
}

function ballot(task: TaskSpec, { says, share, findings }: Verdict, answers: readonly Answer[]): TaskResult {
  const deciding = { aspect: { label: headings[says], subject: [], words: [] }, findings };
  const around = answers.filter((answer) => answer.findings.length > 0);
  const report = reportOf(task.task, [...(findings.length > 0 ? [deciding] : []), ...around]);
  const text = findings.length > 0 ? report.text : `**${headings[says]}.**\n\n${report.text}`;
  return { ...report, text, claims: [says, ...report.evidence.map(({ claim }) => claim)], confidence: share };
}

/** The sentences that hold most of the statement decide, of equal ones those of the passage that was found first. */
function verdictOf(statement: Statement, passages: readonly Passage[]): Verdict {
  const judged = passages
    .flatMap((passage) => unitsOf(passage.text).map((unit) => ({ passage, unit })))
    .filter(({ unit }) => unit.kind === "sentence" || unit.kind === "item")
    .flatMap(({ passage, unit }) => {
      const above = [passage.title, ...passage.heading, ...unit.heading, unit.label ?? ""].join(" ");
      const one = judge(unit.text, above, statement);
      const finding = { passage, quote: { text: unit.text, unit, score: one?.share ?? 0 }, score: passage.score };
      return one === null ? [] : [{ ...one, finding }];
    })
    .sort((one, other) => other.share - one.share);
  const [first] = judged;
  if (first === undefined) return { says: "not known", share: 0, findings: [] };
  const agreeing = judged.filter(({ says }) => says === first.says).map(({ finding }) => finding);
  return { says: first.says, share: Math.round(100 * first.share) / 100, findings: distinct(agreeing) };
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.quote.text, finding])).values()].slice(0, MAX_DECIDING);
}

/** What several queries find, each passage once with its best score; a further query is made while there are few. */
async function passagesFor(aspect: Aspect, number: number, context: AgentContext, search: Search): Promise<Passage[]> {
  const found = new Map<string, Passage>();
  for (const query of queriesFor(aspect, number)) {
    context.signal.throwIfAborted();
    for (const passage of await search(query, limitFor(number))) {
      const key = `${passage.documentId}/${passage.ordinal}`;
      if (passage.score > (found.get(key)?.score ?? -1)) found.set(key, passage);
    }
  }
  return [...found.values()];
}
