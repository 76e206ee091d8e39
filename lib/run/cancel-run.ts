import { DeputyError } from "#/lib/errors.ts";
import type { RunStatus } from "#/lib/protocol/task.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { findRun } from "#/lib/store/runs.ts";
import { announceCancel } from "#/lib/stream/announce.ts";

/**
 * Cancels the run with everything open in it, in one statement; returns the run's status afterwards. Harmless when it has
 * ended. Workers hear of it within a heartbeat at the latest; what they write after this commit is refused.
 */
export async function cancelRun(
  context: Context,
  runId: string,
  by: { by: "user" | "system"; reason: string },
): Promise<RunStatus> {
  const done = await changeRun(context, runId, (change) => closeRun(change, { status: "cancelled", ...by }));
  if (done !== null) {
    announceCancel(context.doorbell, runId);
    return "cancelled";
  }
  const run = await findRun(context.store.db, runId);
  if (run === null) throw new DeputyError("run-unknown", `There is no run ${runId}. \`deputy runs\` lists the runs.`);
  return run.status;
}
