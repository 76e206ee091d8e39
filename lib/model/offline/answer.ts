import { defused } from "#/lib/model/boundary.ts";
import { capitalised, oneLine } from "#/lib/model/offline/one-line.ts";
import { auctionNote, conflictNote, voteNote } from "#/lib/model/offline/patterns-answer.ts";
import { quotation } from "#/lib/model/offline/quotation.ts";
import type { MainPrompt, ReportedTask } from "#/lib/model/offline/read-prompt.ts";
import { counted, isEmpty } from "#/lib/model/offline/reported.ts";

const maxExcerpt = 500;
const maxReason = 500;

/**
 * The answer, in Markdown, from what the tasks brought and nothing else: quotes with their numbers, pages with their
 * addresses, plans step by step, by name what failed or found nothing, and in the end what contradicts each other.
 */
export function answerTo({ tasks, conflicts }: Pick<MainPrompt, "tasks" | "conflicts">): string {
  if (tasks.length === 0)
    return "Nothing was looked up for this request, so there is nothing to answer with. Ask again in other words.";
  const due = tasks.filter((task) => !wasForAnotherEnd(task));
  const answered = due.filter((task) => task.status === "completed" && !isEmpty(task));
  const open = due.filter((task) => !answered.includes(task));
  const sections = [...answered, ...open].map((task) => sectionFor(task, due.length > 1));
  return [...sections, ...conflicts.map(conflictNote)].join("\n\n");
}

/** A task for the case that another one fails, which did not: nothing is missing without it. */
function wasForAnotherEnd({ status, error = "" }: ReportedTask): boolean {
  return status === "cancelled" && error.startsWith("It is done only when something that it depends on fails");
}

function sectionFor(task: ReportedTask, titled: boolean): string {
  const body = task.status === "completed" ? found(task) : failed(task);
  if (titled) return `### ${titleFor(task)}\n\n${body}`;
  return task.agent === "knowledge" && task.evidence.length > 0 && !task.vote && !task.auction
    ? `${lead(task)}\n\n${body}`
    : body;
}

function lead(task: ReportedTask): string {
  return `The ingested documents say this about it, in ${counted(tellingEvidence(task).length, "place")}:`;
}

function titleFor(task: ReportedTask): string {
  if (task.plan) return `Plan: ${oneLine(task.plan.goal)}`;
  return task.page?.title ? oneLine(task.page.title) : capitalised(oneLine(task.task));
}

function failed(task: ReportedTask): string {
  const reason = task.error ? `: ${oneLine(task.error, maxReason).replace(/\.$/, "")}` : "";
  const what = task.status === "cancelled" ? "was cancelled" : "failed";
  // A task for which nobody was found is the main agent's.
  const whose = task.agent === "main" ? "" : `${task.agent} `;
  return `The ${whose}task “${oneLine(task.task)}” ${what}${reason}.`;
}

function found(task: ReportedTask): string {
  const parts = [
    ...(task.vote ? [voteNote(task.vote)] : []),
    ...(task.auction ? [auctionNote(task.auction)] : []),
    ...(task.page ? [pageNote(task.page)] : []),
    ...(task.evidence.length > 0 ? [evidenceSection(task)] : []),
    ...(task.page && task.evidence.length === 0 ? [excerpt(task.page.text)] : []),
    ...task.remarks.map((remark) => oneLine(defused(remark))),
    ...(task.plan ? [planSection(task.plan)] : []),
    ...(isEmpty(task) ? [nothing(task)] : []),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function nothing(task: ReportedTask): string {
  if (task.agent !== "knowledge") return task.text ? quoted(task.text) : `The ${task.agent} task brought no result.`;
  return `I found nothing in the ingested documents about “${oneLine(task.task)}”. Documents that cover it can be added with \`deputy ingest PATH\`.`;
}

function evidenceSection(task: ReportedTask): string {
  return tellingEvidence(task).map(quotation).join("\n");
}

/** A quote that stands inside of another one says nothing more. */
function tellingEvidence({ evidence }: ReportedTask) {
  const isInside = (inner: string, outer: string) => inner !== outer && outer.includes(inner);
  return evidence.filter((piece) => !evidence.some((other) => isInside(piece.quote, other.quote)));
}

function pageNote(page: NonNullable<ReportedTask["page"]>): string {
  const fault = page.status && page.status >= 400 ? ` The server answered ${page.status}.` : "";
  return `<${oneLine(page.url)}>${fault}`;
}

function excerpt(text: string): string {
  const start = text.trim();
  if (start === "") return "The page holds no readable text.";
  return quoted(start.length > maxExcerpt ? `${start.slice(0, maxExcerpt).trimEnd()} ...` : start);
}

/** A quotation in Markdown: nothing of it stands at the beginning of a line. */
function quoted(text: string): string {
  return text
    .split(/[\n\r\u2028\u2029]+/)
    .map((line) => `> ${line}`)
    .join("\n");
}

function planSection(plan: NonNullable<ReportedTask["plan"]>): string {
  const numberOf = (id: string) => plan.steps.findIndex((step) => step.id === id) + 1;
  const lines = plan.steps.map((step, at) => {
    const after = step.dependsOn.map(numberOf).filter((number) => number > 0);
    const order = after.length > 0 ? `, after ${after.join(", ")}` : "";
    return `${at + 1}. **${oneLine(step.title)}** (${step.agent}, complexity ${step.complexity}${order})\n   Done when: ${oneLine(step.acceptance)}`;
  });
  return lines.join("\n");
}
