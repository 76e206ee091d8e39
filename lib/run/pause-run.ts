import { DeputyError } from "#/lib/errors.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph, ringOf } from "#/lib/run/move-graph.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { findRun } from "#/lib/store/runs.ts";

export type Pause = "paused" | "active";

/**
 * Nothing new of the run starts from here on: no task is dispatched or claimed, the main agent takes no further turn. What
 * is under way goes on to its own end and is kept. The run's deadline stands still meanwhile. Harmless when repeated.
 */
export async function pauseRun(
  context: Context,
  runId: string,
  by: { by: "user" | "system"; reason?: string },
): Promise<Pause> {
  await changeOpenRun(context, runId, (change) => {
    if (change.run.paused) return;
    change.setRun({ paused: true });
    change.events.push({ type: "run.paused", data: by });
  });
  return "paused";
}

/** The run goes on where it stood. Harmless when it is not paused. */
export async function resumeRun(context: Context, runId: string, by: { by: "user" | "system" }): Promise<Pause> {
  await changeOpenRun(context, runId, (change) => {
    if (!change.run.paused) return;
    change.setRun({ paused: false });
    change.events.push({ type: "run.resumed", data: by });
    moveGraph(change, context.env.budgets.liveTasks);
    for (const task of change.tasksIn("pending")) {
      if (!task.dispatched || !task.due || change.rings.some(({ taskId }) => taskId === task.id)) continue;
      change.setTask(task.id, {}, { dueInMs: 0, rung: true });
      change.rings.push(ringOf(task));
    }
  });
  return "active";
}

/** Throws `run-unknown`, and `run-ended` when there is nothing left to change. */
export async function changeOpenRun(
  context: Context,
  runId: string,
  change: (state: RunChange) => void,
  needs?: { tasks: readonly string[] },
): Promise<void> {
  if ((await changeRun(context, runId, change, needs)) !== null) return;
  const run = await findRun(context.store.db, runId);
  if (run === null) throw new DeputyError("run-unknown", `There is no run ${runId}. \`deputy runs\` lists the runs.`);
  throw new DeputyError("run-ended", `Run ${runId} has ended (${run.status}); nothing of it can be changed any more.`);
}
