import { SECOND, ticks } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { flagSlowTasks } from "#/lib/run/flag-slow-tasks.ts";
import { forEachAlone } from "#/lib/run/for-each-alone.ts";
import { moveGraph, ringOf } from "#/lib/run/move-graph.ts";
import { giveBackOrphans } from "#/lib/run/release-worker.ts";
import { failTask } from "#/lib/run/settle-task.ts";
import { listOverdueRuns } from "#/lib/store/runs.ts";
import {
  listForgottenRuns,
  listLateBids,
  listOverdueTasks,
  listUnrungTasks,
  markRung,
} from "#/lib/store/stray-tasks.ts";
import type { Task } from "#/lib/store/tasks.ts";
import { announceCancel } from "#/lib/stream/announce.ts";
import { listRungTasks, ring } from "#/lib/stream/ring.ts";

/** A worker stops a task at its deadline; this long after it, the task is taken away. */
const DEADLINE_GRACE_MS = 10 * SECOND;

/** A bidder notices its deadline itself. */
const BID_GRACE_MS = 1 * SECOND;

/** A task that was rung this long ago and not claimed is rung again when Redis holds no entry for it. */
const QUIET_MS = 2 * SECOND;

/** ... and in any case after this long: a second entry is harmless, a lost one is not. */
const SILENT_MS = 60 * SECOND;

/** Less often than the rest, for it reads in the logs of all that has been open for long. */
const SLOW_EVERY_MS = 5 * SECOND;

/**
 * The reconciler: brings Redis and the workers in line with what Postgres says. Every worker process runs it every second;
 * each step may be repeated, may run in several processes at once, and may be cut off anywhere. A run or task that cannot be
 * changed now is left to the next time.
 */
export async function sweep(context: Context): Promise<void> {
  await giveBackOrphans(context);
  await failOverdueTasks(context);
  await closeLateBids(context);
  await failOverdueRuns(context);
  await moveForgottenRuns(context);
  await ringUnheardTasks(context);
  await lookForSlowTasks(context);
}

async function failOverdueTasks(context: Context): Promise<void> {
  const error = new DeputyError("task-timeout", "The task was past its deadline and its worker did not stop it.");
  const overdue = await listOverdueTasks(context.store.db, DEADLINE_GRACE_MS);
  await forEachAlone(context, overdue, (task) => failTask(context, task, error));
}

/** An auction goes on without those who did not answer in time. */
async function closeLateBids(context: Context): Promise<void> {
  const reason = "No bid was made within the time for bids.";
  await forEachAlone(context, await listLateBids(context.store.db, BID_GRACE_MS), ({ id }) =>
    cancelTask(context, id, { by: "system", reason }),
  );
}

async function failOverdueRuns(context: Context): Promise<void> {
  const minutes = context.env.budgets.runMs / 60_000;
  const message = `The run took longer than ${minutes} minutes (setting DEPUTY_RUN_MINUTES). What was found so far stands above.`;
  const error = { code: "budget-time", message };
  await forEachAlone(context, await listOverdueRuns(context.store.db), async ({ id }) => {
    if (await changeRun(context, id, (change) => closeRun(change, { status: "failed", error }))) {
      announceCancel(context.doorbell, id);
    }
  });
}

async function moveForgottenRuns(context: Context): Promise<void> {
  await forEachAlone(context, await listForgottenRuns(context.store.db), ({ id }) =>
    changeRun(context, id, (change) => moveGraph(change, context.env.budgets.liveTasks)),
  );
}

async function ringUnheardTasks(context: Context): Promise<void> {
  const { doorbell, store } = context;
  const due = await listUnrungTasks(store.db, { quietMs: QUIET_MS, silentMs: SILENT_MS });
  const entries = new Map<string, Set<string> | null>();
  const unheard: Task[] = [];
  for (const task of due) {
    const kind = `${task.agent} ${task.priority}`;
    if (!entries.has(kind)) entries.set(kind, await listRungTasks(doorbell, task.agent, task.priority));
    if (task.isSilent || entries.get(kind)?.has(task.id) === false) unheard.push(task);
  }
  const ids = unheard.map((task) => task.id);
  const marked = new Set(await markRung(store.db, ids, QUIET_MS));
  await ring(doorbell, unheard.filter((task) => marked.has(task.id)).map(ringOf));
}

const lookedAt = new WeakMap<Context, number>();

async function lookForSlowTasks(context: Context): Promise<void> {
  if (ticks() - (lookedAt.get(context) ?? Number.NEGATIVE_INFINITY) < SLOW_EVERY_MS) return;
  lookedAt.set(context, ticks());
  await flagSlowTasks(context);
}
