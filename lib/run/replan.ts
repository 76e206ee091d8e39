import { excerpt } from "#/lib/actions/outbox.ts";
import { writeAction } from "#/lib/actions/write-action.ts";
import { inOrder } from "#/lib/graph/check-graph.ts";
import type { DelegateAction, Priority } from "#/lib/protocol/action.ts";
import type { EventData } from "#/lib/protocol/event.ts";
import { AgentChoice } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import type { Left } from "#/lib/run/beyond-what-is-left.ts";
import { createTask, hashOf } from "#/lib/run/create-task.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { prepareTask, type TaskWords } from "#/lib/run/prepare-task.ts";
import type { ProgramTask } from "#/lib/run/read-delegations.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import type { TaskState } from "#/lib/store/run-state.ts";
import { storable } from "#/lib/store/storable.ts";

/** What a task that has not started is to be from now on; each left out stays as it is. */
export type TaskChange = {
  readonly ref: string;
  readonly task?: string;
  readonly agent?: AgentChoice;
  readonly dependsOn?: readonly string[];
  readonly priority?: Priority;
  readonly timeoutMs?: number;
  readonly strict?: boolean;
};

export type Replan = {
  readonly by: "user" | "main" | "program";
  readonly reason?: string;
  readonly drop: readonly string[];
  readonly change: readonly TaskChange[];
  readonly add: readonly ProgramTask[];
};

/** What must be known to change a plan. */
export type Planned = {
  /** Ids of the delegated tasks of the run, by reference. */
  readonly refs: ReadonlyMap<string, string>;
  /** Words of the tasks that are to change, by id. */
  readonly specs: ReadonlyMap<string, TaskSpec>;
  readonly registry: readonly RegisteredAgent[];
  readonly budgets: { readonly liveTasks: number; readonly tasks: number };
  /** What the run may still use; absent: nothing is compared. */
  readonly left?: Left;
  /** Number of the event by which the main agent's change was accepted. */
  readonly acceptedSeq?: number;
};

/** References; `ids` are those of the added ones. */
export type Replanned = {
  readonly dropped: string[];
  readonly changed: string[];
  readonly added: string[];
  readonly ids: ReadonlyMap<string, string>;
};

/** The tasks that must be loaded with the run: those that others are to depend on. */
export function tasksNamedBy(replan: Pick<Replan, "change" | "add">, refs: ReadonlyMap<string, string>): string[] {
  const named = [...replan.change, ...replan.add].flatMap(({ dependsOn }) => dependsOn ?? []);
  return named.flatMap((ref) => refs.get(ref) ?? []);
}

/**
 * Changes the plan, inside of a change of the run that has loaded `tasksNamedBy` and the registered agents, and in which
 * `faultOfReplan` has found nothing wrong. One `plan.changed`, then an event for each task that it touches; what is ready by
 * that starts.
 */
export function applyReplan(change: RunChange, replan: Replan, planned: Planned): Replanned {
  const { by, reason } = replan;
  const done = {
    dropped: [...new Set(replan.drop)],
    changed: replan.change.map(({ ref }) => ref),
    added: replan.add.map(({ ref }) => ref),
  };
  change.events.push({ type: "plan.changed", data: { by, ...done, ...(reason !== undefined && { reason }) } });
  for (const ref of done.dropped)
    dropTask(change, planned.refs.get(ref), reason ?? `Dropped from the plan by ${who[by]}.`);
  const ids = new Map(planned.refs);
  for (const task of inOrder(replan.add)) ids.set(task.ref, addTask(change, task, by, ids, planned));
  for (const one of replan.change) changeTask(change, one, by, ids, planned);
  moveGraph(change, planned.budgets.liveTasks);
  return { ...done, ids: new Map(done.added.map((ref) => [ref, ids.get(ref) ?? ""])) };
}

/** The task in its new words: what was decided for the old ones is decided anew, but for its agent. */
export function wordsAfter(
  { agent, routing, complexity, ...spec }: TaskSpec,
  { ref: _, ...given }: TaskChange,
): TaskWords {
  const wasScored = (spec.estimate?.reasons ?? []).length > 0;
  return {
    ...spec,
    agent: AgentChoice.parse(agent),
    ...(routing !== undefined && given.agent === undefined && { routing }),
    ...(complexity !== undefined && !wasScored && { complexity }),
    ...given,
    dependsOn: [...(given.dependsOn ?? spec.dependsOn)],
  };
}

const who = { user: "the user", main: "the main agent", program: "the program" } as const;

function dropTask(change: RunChange, id: string | undefined, reason: string): void {
  if (id === undefined) return;
  change.setTask(id, { status: "cancelled", settledSeq: change.nextSeq });
  change.events.push({ type: "task.cancelled", taskId: id, agent: change.task(id)?.agent, data: { reason } });
}

type Ids = ReadonlyMap<string, string>;
const idsOf = (refs: readonly string[], ids: Ids) => refs.flatMap((ref) => ids.get(ref) ?? []);

/** Numbers of blocks that no message reaches: one that a person adds is a block that nobody wrote. */
const FIRST_ADDED_BLOCK = 1_000;

function addTask(change: RunChange, task: ProgramTask, by: Replan["by"], ids: Ids, { registry }: Planned): string {
  const author = by === "program" ? "program" : "user";
  const block = change.run.taskCount + (change.run.program === null ? FIRST_ADDED_BLOCK : 0);
  const at = { turn: 0, block };
  const words = { ...task, author } as const;
  const acceptedSeq = author === "program" ? null : accept(change, words, author, at);
  const parentId = change.root()?.id ?? "";
  return createTask(
    change,
    { parentId, ...at, spec: words, dependsOn: idsOf(task.dependsOn, ids), acceptedSeq },
    registry,
  );
}

function changeTask(change: RunChange, given: TaskChange, by: Replan["by"], ids: Ids, planned: Planned): void {
  const id = ids.get(given.ref) ?? "";
  const task = change.task(id);
  const before = planned.specs.get(id);
  if (task === undefined || before === undefined)
    throw new Error(`${given.ref} was not looked at before it was changed`);
  const words = storable(wordsAfter(before, given));
  const { spec } = prepareTask(words, planned.registry, change.snapshot.agentTypes);
  const at = { turn: task.turn ?? 0, block: task.block ?? 0 };
  const acceptedSeq =
    by === "main" ? (planned.acceptedSeq ?? null) : warrantOf(task, by, () => accept(change, words, by, at));
  const { agent, priority, strict } = spec;
  const dependsOn = idsOf(spec.dependsOn, ids);
  const timeoutMs = spec.timeoutMs ?? null;
  const row = { agent, priority, strict, dependsOn, timeoutMs, hash: hashOf(spec), acceptedSeq };
  change.rewordTask(id, { ...row, createdSeq: change.nextSeq });
  change.events.push({ type: "task.changed", taskId: id, agent, data: spec });
}

/** A program's own task is warranted by the program's run. */
function warrantOf(task: TaskState, by: "user" | "program", accepted: () => number): number | null {
  return by === "program" && task.author === "program" ? null : accepted();
}

/** The block that somebody would have written for it, as accepted; gives the event's number. */
function accept(
  change: RunChange,
  words: TaskWords,
  author: "user" | "program",
  at: { turn: number; block: number },
): number {
  const acceptedSeq = change.nextSeq;
  const action = delegateOf(words);
  const text = writeAction(action);
  const event: EventData<"action.accepted"> = {
    ...at,
    author,
    span: [0, text.length],
    normalised: [],
    action,
    text: excerpt(text),
  };
  change.events.push({ type: "action.accepted", data: event });
  return acceptedSeq;
}

function delegateOf({
  ref,
  agent,
  routing,
  task,
  dependsOn,
  mode,
  priority,
  strict,
  ...options
}: TaskWords): DelegateAction {
  const { complexity, timeoutMs, voters, minAgreement, aggregate, input } = options;
  return {
    kind: "delegate",
    agentType: routing?.choice ?? AgentChoice.parse(agent),
    task,
    id: ref,
    dependsOn,
    mode,
    priority,
    strict,
    ...(complexity !== undefined && { complexity }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(voters !== undefined && { voters }),
    ...(minAgreement !== undefined && { minAgreement }),
    ...(aggregate !== undefined && { aggregate }),
    ...(input !== undefined && { input }),
  };
}
