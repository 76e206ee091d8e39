import type { ReportedEvidence, ReportedTask } from "#/lib/model/offline/read-prompt.ts";

/** True for a task that was done and brought nothing. */
export function isEmpty(task: ReportedTask): boolean {
  return task.status === "completed" && task.evidence.length === 0 && !task.plan && !task.page && !task.vote;
}

export function titlesOf(evidence: readonly ReportedEvidence[]): string[] {
  return [...new Set(evidence.map(titleOf))];
}

export function titleOf(evidence: ReportedEvidence): string {
  return evidence.where.split(" > ")[0] ?? evidence.where;
}

/** `1 quote`, `3 quotes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
