import { learnBlock } from "#/lib/model/offline/blocks.ts";
import type { ReportedEvidence, ReportedTask } from "#/lib/model/offline/read-prompt.ts";
import { isEmpty, listed, titleOf } from "#/lib/model/offline/reported.ts";
import { namesIn } from "#/lib/model/offline/subject.ts";

const maxSources = 3;
const maxTags = 5;

/** What this run taught: which source answered which question, and what was not to be found. */
export function lessonOf(tasks: readonly ReportedTask[]): string {
  const lessons = tasks.map(lessonFrom).filter((lesson) => lesson !== null);
  const lesson = lessons.length > 0 ? lessons.join(" ") : sourceless(tasks);
  return learnBlock(lesson, tagsOf(tasks));
}

function lessonFrom(task: ReportedTask): string | null {
  if (task.status !== "completed")
    return `The ${task.agent} task "${task.task}" ${task.status}: ${task.error?.replace(/\.$/, "") ?? "no reason was given"}.`;
  if (task.agent === "knowledge" && isEmpty(task)) return `The ingested documents hold nothing about "${task.task}".`;
  if (task.evidence.length > 0) return `"${task.task}" is answered by ${listed(sourcesOf(task.evidence))}.`;
  return null;
}

function sourceless(tasks: readonly ReportedTask[]): string {
  const asked = tasks.map((task) => `"${task.task}"`);
  return `${listed(asked) || "This request"} brought no source: searching the documents first would give it one.`;
}

function sourcesOf(evidence: readonly ReportedEvidence[]): string[] {
  const sources = evidence.map((piece) => `"${titleOf(piece)}" (${piece.origin})`);
  return [...new Set(sources)].slice(0, maxSources);
}

function tagsOf(tasks: readonly ReportedTask[]): string[] {
  const names = tasks.flatMap((task) => namesIn(task.task));
  return [...new Set([...names, ...tasks.map((task) => task.agent)])].slice(0, maxTags);
}
