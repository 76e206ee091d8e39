import { verifyBlock } from "#/lib/model/offline/blocks.ts";
import type { ReportedTask } from "#/lib/model/offline/read-prompt.ts";
import { counted, isEmpty, titlesOf } from "#/lib/model/offline/reported.ts";

/**
 * The verdict on what the tasks brought. It is `pass` also when nothing was found or a task failed: the answer names
 * it, and the same search would find the same.
 */
export function verdictOn(tasks: readonly ReportedTask[]): string {
  const notes = tasks.map((task) => `${task.id} (${task.agent}): ${noteOn(task)}`);
  return verifyBlock(notes.length > 0 ? `${notes.join("; ")}.` : "No task was delegated; the answer says so.");
}

function noteOn(task: ReportedTask): string {
  if (task.status !== "completed") return `${task.status}, which the answer names`;
  if (isEmpty(task))
    return task.agent === "knowledge" ? "found nothing, which the answer says" : "brought text without evidence";
  return [
    ...(task.vote ? [`a vote, ${task.vote.reached ? "with" : "without"} agreement (${task.vote.share})`] : []),
    ...(task.auction ? [`an auction, won by ${task.auction.winner ?? "nobody"}`] : []),
    ...(task.evidence.length > 0
      ? [`${counted(task.evidence.length, "quote")} from ${counted(titlesOf(task.evidence).length, "page")}`]
      : []),
    ...(task.plan ? [`a plan of ${counted(task.plan.steps.length, "step")}, each with an acceptance criterion`] : []),
    ...(task.page ? [`the page ${task.page.url}`] : []),
  ].join(" and ");
}
