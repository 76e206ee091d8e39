import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { Gather } from "#/lib/run/gather.ts";
import { rootSpec } from "#/lib/run/root-task.ts";
import { readWarrant } from "#/lib/run/warrant.ts";
import { claimTasks, lookAtTasks, type TakenTask, type WantedTask } from "#/lib/store/claim-tasks.ts";
import type { TaskState } from "#/lib/store/run-state.ts";
import { isUuid } from "#/lib/store/uuid.ts";

/** Why nothing was taken: forged and altered entries are told apart from those that come too late. */
export type NotTaken = "no-task" | "altered" | "not-due";

/** What a worker lets itself be given: claims that come up together are one statement. */
export type Claims = {
  /**
   * Takes the task, or says why there is nothing to take. The entry may be acked in either case: from here on the record
   * knows who owns the task, and a dead owner's tasks are given back.
   */
  claim(wanted: WantedTask): Promise<ClaimedTask | NotTaken>;
};

const MOST_CLAIMS = 256;

/** `isGuarding`: whether the worker now runs a task that may have ended its process before. Then it takes no second one. */
export function openClaims(context: Context, workerId: string, isGuarding: () => boolean): Claims {
  const gather = new Gather<WantedTask, ClaimedTask | NotTaken>(MOST_CLAIMS, (wanted) =>
    claimAll(context, { id: workerId, isGuarding: isGuarding(), mostAttempts: context.env.budgets.attempts }, wanted),
  );
  return { claim: async (wanted) => (isUuid(wanted.taskId) ? gather.ask(wanted) : "no-task") };
}

async function claimAll(
  context: Context,
  worker: Parameters<typeof claimTasks>[1],
  wanted: readonly WantedTask[],
): Promise<(ClaimedTask | NotTaken)[]> {
  const taken = new Map((await claimTasks(context.store, worker, wanted)).map((task) => [task.id, task]));
  const refused = wanted.filter(({ taskId }) => !taken.has(taskId)).map(({ taskId }) => taskId);
  const known = refused.length === 0 ? [] : await lookAtTasks(context.store, refused);
  const hashes = new Map(known.map(({ id, hash }) => [id, hash]));
  return wanted.map(({ taskId, hash }) => {
    const task = taken.get(taskId);
    // A second entry of the same batch finds the task gone.
    taken.delete(taskId);
    if (task !== undefined) return claimed(context, task, worker.id);
    if (!hashes.has(taskId) && refused.includes(taskId)) return "no-task";
    return (hashes.get(taskId) ?? hash) === hash ? "not-due" : "altered";
  });
}

function claimed(context: Context, taken: TakenTask, workerId: string): ClaimedTask {
  const { program, run, created, accepted, taskId: _, ...task } = taken;
  context.writer.noteClaim(task, run);
  if (task.parentId === null) return { ...task, workerId, spec: rootSpec, isWarranted: true };
  const { spec, isWarranted } = readWarrant(program, task, { taskId: task.id, created, accepted });
  return { ...task, workerId, spec: spec ?? rootSpec, isWarranted };
}

/**
 * In its last attempt, after the process that ran it ended: it may have been the reason. No two of these run side by side, so
 * that one that ends its process every time never uses up the attempts of another.
 */
export function isSuspect(task: Pick<TaskState, "attempt" | "error">, mostAttempts: number): boolean {
  return task.attempt >= mostAttempts && task.error?.code === "worker-lost";
}
