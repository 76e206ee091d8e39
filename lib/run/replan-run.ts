import { DeputyError } from "#/lib/errors.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { faultOfReplan } from "#/lib/run/fault-of-replan.ts";
import { changeOpenRun } from "#/lib/run/pause-run.ts";
import { readSpecs } from "#/lib/run/read-specs.ts";
import { applyReplan, type Planned, type Replan, type Replanned, tasksNamedBy } from "#/lib/run/replan.ts";
import { readLeft } from "#/lib/run/what-is-left.ts";
import { findRun } from "#/lib/store/runs.ts";

const MOST_TRIES = 5;

/**
 * Changes what has not started of a run: all of it or nothing. Throws `run-unknown`, `run-ended`, `orchestration-off` when
 * something is to be added, and the codes of `faultOfReplan`.
 */
export async function replanRun(context: Context, runId: string, replan: Replan): Promise<Replanned> {
  if (replan.add.length > 0 && !context.env.orchestration) {
    throw new DeputyError("orchestration-off", "Delegation is switched off (setting DEPUTY_ORCHESTRATION).");
  }
  for (let attempt = 1; ; attempt += 1) {
    const planned = await readPlanned(context, runId);
    const needs = { tasks: tasksNamedBy(replan, planned.refs), agents: true };
    const done = await changeRun(
      context,
      runId,
      (change) => {
        const fault = faultOfReplan(change, replan, planned);
        return fault === null ? applyReplan(change, replan, planned) : fault;
      },
      needs,
    );
    if (done === null) {
      await changeOpenRun(context, runId, () => {});
      throw new DeputyError("run-ended", `Run ${runId} has ended; its plan cannot be changed any more.`);
    }
    if (!("code" in done.value)) return done.value;
    if (done.value.code !== "plan-moved" || attempt === MOST_TRIES)
      throw new DeputyError(done.value.code, done.value.message);
  }
}

/** References of all delegated tasks of a run, and their ids. Throws `run-unknown`. */
export async function readRefs(context: Context, runId: string): Promise<ReadonlyMap<string, string>> {
  if ((await findRun(context.store.db, runId)) === null) {
    throw new DeputyError("run-unknown", `There is no run ${runId}. \`deputy runs\` lists the runs.`);
  }
  return (await readSpecs(context, runId)).refs;
}

async function readPlanned(context: Context, runId: string): Promise<Planned> {
  const [{ refs, specs }, registry, left] = await Promise.all([
    readSpecs(context, runId),
    context.registry.read(),
    readLeft(context, runId),
  ]);
  return { refs, specs, registry, left, budgets: context.env.budgets };
}
