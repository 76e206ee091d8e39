import { type Conflict, conflictsOf, usualPriority } from "#/lib/graph/conflicts.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { type FoldedRun, foldRun, settledTasks } from "#/lib/run/fold-run.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";

/** What contradicts what among the results of a run, of which the parts of a group speak through its result alone. */
export function conflictsInRun(run: FoldedRun): Conflict[] {
  const told = settledTasks(run).filter(({ spec, result }) => spec.part === undefined && result !== undefined);
  return conflictsOf(
    told.flatMap(({ spec, result }) => {
      const { ref, agent, task, agentPriority: priority = usualPriority } = spec;
      return result === undefined ? [] : { ref, agent, task, priority, result };
    }),
  );
}

const telling: RunEvent["type"][] = ["task.created", "task.changed", "task.reopened", "task.completed"];

/** The same of what has settled so far, in the order in which it is told; nothing of a run that does not exist. */
export async function readConflicts({ store }: Context, runId: string): Promise<Conflict[]> {
  const logs = await readEventsOfRuns(store.db, [runId], telling);
  return conflictsInRun(foldRun(logs.get(runId) ?? []));
}
