import { randomUUID } from "node:crypto";
import { DeputyError } from "#/lib/errors.ts";
import { inOrder } from "#/lib/graph/check-graph.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { createTask } from "#/lib/run/create-task.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { openRunFor } from "#/lib/run/open-run.ts";
import { changeOpenRun } from "#/lib/run/pause-run.ts";
import { inputFaults } from "#/lib/run/prepare-task.ts";
import { BadGraph, type ProgramTask } from "#/lib/run/read-delegations.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import { createRoot } from "#/lib/run/root-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/** A run without a main agent: a program adds tasks, and closes it when it wants no more. */
export type ProgramRun = { readonly runId: string; readonly rootTaskId: string };

/** Ids of tasks by their references. */
type Ids = ReadonlyMap<string, string>;

export type ProgramOrder = {
  readonly title: string;
  readonly conversationId?: string;
  /** A run that was opened with this id is not opened again. */
  readonly messageId?: string;
  readonly tasks?: readonly ProgramTask[];
  /** Whether these tasks are all. */
  readonly closes?: boolean;
};

/**
 * Opens a run, with its first tasks in the same transaction. `ids` are theirs by reference; empty when the run was opened
 * before. Throws `orchestration-off`, `budget`, `bad-graph` for INPUT that an agent does not take, and what `openRunFor` throws.
 */
export async function openProgramRun(
  context: Context,
  { title, conversationId = randomUUID(), messageId = randomUUID(), tasks = [], closes = false }: ProgramOrder,
): Promise<ProgramRun & { readonly isNew: boolean; readonly ids: Ids }> {
  if (!context.env.orchestration) throw switchedOff();
  const registry = await context.registry.read();
  let rootTaskId = "";
  let ids: Ids = new Map();
  const message = { conversationId, messageId, text: title, again: false };
  const begin = (change: RunChange) => {
    rootTaskId = createRoot(change, "waiting").id;
    const { offline } = context.env;
    const data = { conversationId, messageId, text: title, rootTaskId, offline, program: true };
    change.events.push({ type: "run.started", data });
    if (closes) change.setRun({ program: "closing" });
    if (tasks.length > 0) ids = addTasks(context, change, { rootTaskId, tasks, registry, refs: new Map() });
  };
  const { runId, isNew } = await openRunFor(context, message, begin, true);
  return { runId, rootTaskId, isNew, ids };
}

/**
 * Adds tasks, all or none, and starts what is ready; gives their ids. They may depend on one another, in any order and without
 * a cycle, and on `refs`. Throws `budget` when the run would have more tasks than it may, `bad-graph` for INPUT that an agent
 * does not take and for a reference that the run has already, `run-ended`, `run-unknown` and `orchestration-off`.
 */
export async function addProgramTasks(
  context: Context,
  run: ProgramRun,
  tasks: readonly ProgramTask[],
  refs: Ids = new Map(),
): Promise<Ids> {
  if (!context.env.orchestration) throw switchedOff();
  const registry = await context.registry.read();
  const named = tasks.flatMap((task) => task.dependsOn.flatMap((ref) => refs.get(ref) ?? []));
  const add = (change: RunChange) => addTasks(context, change, { ...run, tasks, refs, registry });
  const done = await changeRun(context, run.runId, add, { tasks: named, agents: true });
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

type Addition = {
  readonly rootTaskId: string;
  readonly tasks: readonly ProgramTask[];
  readonly registry: readonly RegisteredAgent[];
  readonly refs: Ids;
};

function addTasks(context: Context, change: RunChange, { rootTaskId, tasks, registry, refs }: Addition): Ids {
  requireInputs(tasks, registry);
  requireRoom(context, change, tasks.length);
  const used = new Set(change.tasks().map(({ ref }) => ref));
  const added = new Map<string, string>();
  const idOf = (task: ProgramTask) => (name: string) => {
    const id = added.get(name) ?? refs.get(name);
    if (id === undefined) throw new DeputyError("bad-graph", `${task.ref} depends on ${name}, which is not there.`);
    return id;
  };
  for (const task of inOrder(tasks)) {
    if (used.has(task.ref)) throw new DeputyError("bad-graph", `The run has a task ${task.ref} already.`);
    const spec = { ...task, author: "program" } as const;
    const dependsOn = task.dependsOn.map(idOf(task));
    const order = { parentId: rootTaskId, turn: 0, block: change.run.taskCount, spec, dependsOn, acceptedSeq: null };
    added.set(task.ref, createTask(change, order, registry));
  }
  moveGraph(change, context.env.budgets.liveTasks);
  return added;
}

/** Throws `bad-graph`, with every fault, when an agent does not take what it is given. */
function requireInputs(tasks: readonly ProgramTask[], registry: readonly RegisteredAgent[]): void {
  const faults = tasks.flatMap((task, index) =>
    inputFaults({ ...task, author: "program" }, registry).map(({ path, message }) => {
      return { path: `tasks[${index}].${path}`, message };
    }),
  );
  if (faults.length > 0) throw new BadGraph(faults);
}

/** Throws `budget` when so many tasks more are too many. */
function requireRoom(context: Context, change: RunChange, more: number): void {
  const { tasks } = context.env.budgets;
  const { taskCount } = change.run;
  if (taskCount + more <= tasks) return;
  throw new DeputyError(
    "budget",
    `A run has at most ${tasks} tasks; this one has ${taskCount}, and ${more} more are asked for. Give fewer, divide them among several runs, or raise the setting DEPUTY_MAX_TASKS.`,
  );
}

function switchedOff(): DeputyError {
  return new DeputyError("orchestration-off", "Delegation is switched off (setting DEPUTY_ORCHESTRATION).");
}
