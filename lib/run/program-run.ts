import { randomUUID } from "node:crypto";
import { DeputyError } from "#/lib/errors.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { createTask } from "#/lib/run/create-task.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { openRunFor } from "#/lib/run/open-run.ts";
import { changeOpenRun } from "#/lib/run/pause-run.ts";
import { createRoot } from "#/lib/run/root-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/** A run without a main agent: a program adds tasks, and closes it when it wants no more. */
export type ProgramRun = { readonly runId: string; readonly rootTaskId: string };

/** What a program wants done, in the words of a delegation. `dependsOn` names references of the same run. */
export type ProgramTask = Omit<TaskSpec, "author" | "ref"> & { readonly ref?: string };

export async function openProgramRun(
  context: Context,
  { title, conversationId = randomUUID() }: { title: string; conversationId?: string },
): Promise<ProgramRun> {
  let rootTaskId = "";
  const message = { conversationId, messageId: randomUUID(), text: title, again: false };
  const { runId } = await openRunFor(
    context,
    message,
    (change) => {
      rootTaskId = createRoot(change, "waiting").id;
      const { offline } = context.env;
      const data = { conversationId, messageId: message.messageId, text: title, rootTaskId, offline, program: true };
      change.events.push({ type: "run.started", data });
    },
    true,
  );
  return { runId, rootTaskId };
}

/**
 * Adds tasks, all or none, and starts what is ready; returns their ids in order. Throws `budget` when the run would have more
 * tasks than it may, `bad-graph` for a reference that is not known or not unique, `run-ended` and `run-unknown`.
 */
export async function addProgramTasks(
  context: Context,
  run: ProgramRun,
  tasks: readonly ProgramTask[],
  refs: ReadonlyMap<string, string> = new Map(),
): Promise<string[]> {
  const named = tasks.flatMap((task) => task.dependsOn.flatMap((ref) => refs.get(ref) ?? []));
  const done = await changeRun(context, run.runId, (change) => add(context, change, run, tasks, refs), {
    tasks: named,
    agents: true,
  });
  if (done !== null) return done.value;
  await changeOpenRun(context, run.runId, () => {});
  throw new DeputyError("run-ended", `Run ${run.runId} takes no tasks any more.`);
}

/** No task is added from here on: the run is completed when the last one has settled. */
export async function closeProgramRun(context: Context, run: ProgramRun): Promise<void> {
  await changeRun(context, run.runId, (change) => {
    change.setRun({ program: "closing" });
    moveGraph(change, context.env.budgets.liveTasks);
  });
}

function add(
  context: Context,
  change: RunChange,
  run: ProgramRun,
  tasks: readonly ProgramTask[],
  refs: ReadonlyMap<string, string>,
): string[] {
  const { budgets } = context.env;
  const first = change.run.taskCount;
  if (first + tasks.length > budgets.tasks) {
    const message = `A run has at most ${budgets.tasks} tasks (setting DEPUTY_MAX_TASKS); this one has ${first}.`;
    throw new DeputyError("budget", message);
  }
  const added = new Map<string, string>();
  const idOf = (ref: string) => added.get(ref) ?? refs.get(ref);
  const ids = tasks.map((task, index) => {
    const { ref = `p${first + index + 1}`, ...words } = task;
    const dependsOn = task.dependsOn.map((name) => {
      const id = idOf(name);
      if (id === undefined)
        throw new DeputyError("bad-graph", `${ref} depends on ${name}, which is not known before it.`);
      return id;
    });
    if (idOf(ref) !== undefined) throw new DeputyError("bad-graph", `The reference ${ref} is used twice.`);
    const spec: TaskSpec = { ref, author: "program", ...words };
    const order = { parentId: run.rootTaskId, turn: 0, block: first + index, spec, dependsOn, acceptedSeq: null };
    const id = createTask(change, order);
    added.set(ref, id);
    return id;
  });
  moveGraph(change, budgets.liveTasks);
  return ids;
}
