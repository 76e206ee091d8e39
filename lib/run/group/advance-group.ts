import type { Subtask } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { advanceAuction } from "#/lib/run/group/auction.ts";
import { readGroup } from "#/lib/run/group/parts.ts";
import { delegateSubtasks, settleSubtasks } from "#/lib/run/group/subtasks.ts";
import { advanceVote } from "#/lib/run/group/vote.ts";
import { completeTask, type Settled } from "#/lib/run/settle-task.ts";

/** What an agent answers that may delegate. */
export type Answered = TaskResult | { readonly delegate: readonly Subtask[] };

/**
 * A task that has tasks of its own, from its claim to its next wait or to its outcome. What to do follows from its parts as
 * the log shows them: none yet, and they are created; all settled, and their results become its own. A crash anywhere leaves
 * either no parts or all of them, for they are created in one change; whoever claims the task next goes on from there.
 *
 * `ask` has the agent of the task work on it; it may only delegate when its argument is true.
 */
export async function advanceGroup(
  context: Context,
  task: ClaimedTask,
  ask: (mayDelegate: boolean) => Promise<Answered>,
  isAllowed: boolean,
): Promise<Settled | "left"> {
  const { group, parts } = await readGroup(context, task);
  if (task.mode === "consensus") return advanceVote(context, group, parts);
  if (task.mode === "market") return advanceAuction(context, group, parts);
  if (parts.length > 0) return settleSubtasks(context, group, parts);
  const answered = await ask(isAllowed);
  if (!("delegate" in answered)) return completeTask(context, task, answered);
  if (await delegateSubtasks(context, group, answered.delegate)) return "left";
  const alone = await ask(false);
  if ("delegate" in alone) throw new Error(`the ${task.agent} agent delegated although it may not`);
  return completeTask(context, task, alone);
}
