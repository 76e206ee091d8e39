import { createHash } from "node:crypto";
import type { Context } from "#/lib/run/context.ts";
import { openProgramRun } from "#/lib/run/program-run.ts";
import type { ProgramTask } from "#/lib/run/read-delegations.ts";
import { listTasks } from "#/lib/store/tasks.ts";

export type GraphOrder = {
  readonly title: string;
  readonly conversationId?: string;
  readonly tasks: readonly ProgramTask[];
  /** Whether these tasks are all: the run ends with the last of them. */
  readonly close: boolean;
  /** Who asks again with the same key is given the run of the first time. */
  readonly key?: string;
};

/** Starts a run with a whole graph, all in one transaction; gives the ids of the tasks in the order in which they were given. */
export async function startProgramRun(
  context: Context,
  { title, conversationId, tasks, close, key }: GraphOrder,
): Promise<{ readonly runId: string; readonly tasks: { readonly ref: string; readonly id: string }[] }> {
  const names = key === undefined ? {} : namesOf(key);
  const where = { ...names, ...(conversationId !== undefined && { conversationId }) };
  const { runId, isNew, ids } = await openProgramRun(context, { title, tasks, closes: close, ...where });
  if (isNew) return { runId, tasks: tasks.map(({ ref }) => ({ ref, id: ids.get(ref) ?? "" })) };
  const known = await listTasks(context.store.db, runId);
  const delegated = known.filter(({ author }) => author === "program");
  return { runId, tasks: delegated.map(({ ref, id }) => ({ ref, id })) };
}

function namesOf(key: string): { conversationId: string; messageId: string } {
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 32);
  return { conversationId: `program-${hash}`, messageId: `program-${hash}` };
}
