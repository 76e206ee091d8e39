import { tierOf } from "#/lib/graph/complexity.ts";
import { announceClaim, changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { forEachAlone } from "#/lib/run/for-each-alone.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { isOpen } from "#/lib/store/run-state.ts";
import { listSlowTasks, type SlowTask } from "#/lib/store/slow-tasks.ts";

/** By complexity, 1 to 10; there is no 0. */
const expectedMs = Array.from({ length: 11 }, (_, complexity) => tierOf(Math.max(1, complexity)).expectedMs);

/**
 * Says of each task that is under way for longer than its complexity lets expect that it is slow; it goes on. Time counts from
 * its dispatch, whether somebody has begun it or not, and over all of its attempts. Said once each time that it is dispatched,
 * whoever looks at the same moment: what was read of the log must still be all of it when the event is written.
 */
export async function flagSlowTasks(context: Context): Promise<void> {
  const slow = Map.groupBy(await listSlowTasks(context.store.db, expectedMs), ({ runId }) => runId);
  const runs = [...slow].map(([id, tasks]) => ({ id, tasks }));
  await forEachAlone(context, runs, ({ id, tasks }) => changeRun(context, id, (change) => flag(change, tasks)));
}

function flag(change: RunChange, tasks: readonly SlowTask[]): void {
  if (tasks.some(({ lastSeq }) => lastSeq !== change.run.lastSeq)) return;
  for (const { id, expectedMs, hasBegun } of tasks) {
    const task = change.task(id);
    if (task === undefined || !isOpen(task.status)) continue;
    announceClaim(change, id);
    const data = { expectedMs, ...(!hasBegun && { waiting: true }) };
    change.events.push({ type: "task.slow", taskId: id, agent: task.agent, data });
  }
}
