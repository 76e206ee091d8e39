import { randomUUID } from "node:crypto";
import { DeputyError } from "#/lib/errors.ts";
import { inOrder } from "#/lib/graph/check-graph.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { beyondWhatIsLeft, type EstimatedTask, type Left } from "#/lib/run/beyond-what-is-left.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { createTask } from "#/lib/run/create-task.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { openRunFor } from "#/lib/run/open-run.ts";
import { changeOpenRun } from "#/lib/run/pause-run.ts";
import { inputFaults } from "#/lib/run/prepare-task.ts";
import { BadGraph, type ProgramTask } from "#/lib/run/read-delegations.ts";
import { readSpecs } from "#/lib/run/read-specs.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import { createRoot } from "#/lib/run/root-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { leastLeft, leftOfNewRun, readLeft } from "#/lib/run/what-is-left.ts";
import { isOpen } from "#/lib/store/run-state.ts";

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
 * before. Throws `orchestration-off`, `bad-request` for an empty title, `budget` for too many tasks and when their estimates
 * are beyond what a run may use, `bad-graph` for INPUT that an agent does not take, and what `openRunFor` throws.
 */
export async function openProgramRun(
  context: Context,
  { title, conversationId = randomUUID(), messageId = randomUUID(), tasks = [], closes = false }: ProgramOrder,
): Promise<ProgramRun & { readonly isNew: boolean; readonly ids: Ids }> {
  if (!context.env.orchestration) throw switchedOff();
  if (title.trim() === "") throw new DeputyError("bad-request", "A run needs a title that says what it is for.");
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
    if (tasks.length === 0) return;
    const means = { left: leftOfNewRun(context), specs: new Map() };
    ids = addTasks(context, change, { rootTaskId, tasks, registry, refs: new Map(), means });
  };
  const { runId, isNew } = await openRunFor(context, message, begin, true);
  return { runId, rootTaskId, isNew, ids };
}

/**
 * Adds tasks, all or none, and starts what is ready; gives their ids. They may depend on one another, in any order and without
 * a cycle, and on `refs`. Throws `budget` when the run would have more tasks than it may, or their estimates are beyond what is
 * left of it, `bad-graph` for INPUT that an agent does not take and for a reference that the run has already, `run-ended`,
 * `run-unknown` and `orchestration-off`.
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
  const add = (known?: Means) =>
    changeRun(
      context,
      run.runId,
      (change) => {
        const means = known ?? { left: leastLeft(context, change), specs: new Map() };
        return addTasks(context, change, { ...run, tasks, refs, registry, means });
      },
      { tasks: named, agents: true },
    );
  // What is left is asked for only where the little that is known without asking may not do.
  const done = await (named.length > 0 ? add(await readMeans(context, run)) : addOrAsk(context, run, add));
  if (done !== null) return done.value;
  await changeOpenRun(context, run.runId, () => {});
  throw new DeputyError("run-ended", `Run ${run.runId} takes no tasks any more.`);
}

async function addOrAsk<T>(context: Context, run: ProgramRun, add: (known?: Means) => Promise<T>): Promise<T> {
  try {
    return await add();
  } catch (error) {
    if (!(error instanceof DeputyError) || error.code !== "budget") throw error;
    return add(await readMeans(context, run));
  }
}

async function readMeans(context: Context, { runId }: ProgramRun): Promise<Means> {
  const [left, { specs }] = await Promise.all([readLeft(context, runId), readSpecs(context, runId)]);
  return { left, specs };
}

/** No task is added from here on: the run is completed when the last one has settled. */
export async function closeProgramRun(context: Context, run: ProgramRun): Promise<void> {
  await changeRun(context, run.runId, (change) => {
    change.setRun({ program: "closing" });
    moveGraph(change, context.env.budgets.liveTasks);
  });
}

/** What a run may still use, and the words of the tasks that it has, by id. */
type Means = { readonly left: Left; readonly specs: ReadonlyMap<string, TaskSpec> };

type Addition = {
  readonly rootTaskId: string;
  readonly tasks: readonly ProgramTask[];
  readonly registry: readonly RegisteredAgent[];
  readonly refs: Ids;
  readonly means: Means;
};

function addTasks(context: Context, change: RunChange, addition: Addition): Ids {
  const { rootTaskId, tasks, registry, refs, means } = addition;
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
  requireMeans(change, [...added.values()], means);
  moveGraph(change, context.env.budgets.liveTasks);
  return added;
}

/** Throws `budget` when what was added is estimated at more than what is left. */
function requireMeans(change: RunChange, added: readonly string[], { left, specs }: Means): void {
  const created = change.events.flatMap((event) =>
    event.type === "task.created" && event.taskId !== undefined ? [[event.taskId, event.data] as const] : [],
  );
  const words = new Map([...specs, ...created]);
  const ids = new Map(change.openTasks().map(({ id, ref }) => [ref, id]));
  const nodes = added.flatMap((id) => estimatedTask(change, words, id) ?? []);
  const why = beyondWhatIsLeft(nodes, left, (ref) => estimatedTask(change, words, ids.get(ref) ?? ""));
  if (why !== null) {
    throw new DeputyError("budget", `${why} Give less, divide it among several runs, or have the setting raised.`);
  }
}

/** Nothing for a task that has settled: it takes no more. */
function estimatedTask(change: RunChange, words: Means["specs"], id: string): EstimatedTask | undefined {
  const task = change.task(id);
  if (task === undefined || !isOpen(task.status)) return undefined;
  const { seconds = 0, costUsd = 0 } = words.get(id)?.estimate ?? {};
  const dependsOn = task.dependsOn.flatMap((other) => change.task(other)?.ref ?? []);
  return { ref: task.ref, dependsOn, seconds, costUsd };
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
