import { DeputyError } from "#/lib/errors.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { createTask } from "#/lib/run/create-task.ts";
import type { Group } from "#/lib/run/group/parts.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import type { TaskWords } from "#/lib/run/prepare-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

export type PartOrder = {
  /** Its number among all parts of the group since it was opened: the same number makes the same task, whoever makes it again. */
  readonly number: number;
  readonly words: TaskWords;
};

/**
 * Creates parts of a group and lets it wait for them, in one change: from here on no process holds it, and the last of them
 * that settles wakes it. `before` are events that belong in front of theirs. Throws `budget` when the run would have more tasks
 * than it may.
 */
export async function spawnParts(
  context: Context,
  group: Group,
  parts: readonly PartOrder[],
  before: readonly NewEvent[] = [],
): Promise<void> {
  const registry = await context.registry.read();
  await changeHeldRun(
    context,
    group,
    (change) => {
      requireRoom(context, change, parts.length);
      change.events.push(...before);
      for (const { number, words } of parts) {
        const order = {
          parentId: group.id,
          turn: group.openings,
          block: number,
          spec: words,
          dependsOn: group.dependsOn,
        };
        createTask(change, { ...order, acceptedSeq: group.acceptedSeq }, registry);
      }
      awaitParts(context, change, group);
    },
    { agents: true },
  );
}

/** The group holds no worker, and its attempts are counted anew when it goes on. */
export function awaitParts(context: Context, change: RunChange, group: ClaimedTask): void {
  change.setTask(group.id, { status: "waiting", workerId: null, attempt: 0 });
  moveGraph(change, context.env.budgets.liveTasks);
}

function requireRoom({ env }: Context, change: RunChange, more: number): void {
  const { taskCount } = change.run;
  if (taskCount + more <= env.budgets.tasks) return;
  const message = `It needs ${more} tasks of its own, and the run has ${taskCount} of at most ${env.budgets.tasks} (setting DEPUTY_MAX_TASKS).`;
  throw new DeputyError("budget", message);
}
