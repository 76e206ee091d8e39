import { excerpt } from "#/lib/actions/outbox.ts";
import { foreignTexts, tainted } from "#/lib/actions/taint.ts";
import { writeAction } from "#/lib/actions/write-action.ts";
import { DeputyError } from "#/lib/errors.ts";
import { aggregate } from "#/lib/graph/aggregate.ts";
import type { DelegateAction } from "#/lib/protocol/action.ts";
import type { EventData } from "#/lib/protocol/event.ts";
import type { Refusal } from "#/lib/protocol/gate.ts";
import type { Subtask } from "#/lib/protocol/orchestration.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { createTask } from "#/lib/run/create-task.ts";
import { depthOf, type Group, type Part, partRef, whyAllFailed } from "#/lib/run/group/parts.ts";
import { readSubtask } from "#/lib/run/group/read-subtask.ts";
import { awaitParts } from "#/lib/run/group/spawn-parts.ts";
import { inputFaultOf, wordsOf } from "#/lib/run/prepare-task.ts";
import { readDependencies } from "#/lib/run/read-dependencies.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { completeTask, failTask, type Settled } from "#/lib/run/settle-task.ts";

/** Whether the agent that does this task may delegate. */
export function mayDelegate({ env }: Context, { mode, ref }: Pick<ClaimedTask, "mode" | "ref">): boolean {
  return mode === "hierarchical" && depthOf(ref) < env.budgets.depth && env.orchestration;
}

/**
 * What an agent delegates passes the gate as what the main agent delegates does, and stands in the log in the same way:
 * accepted, or refused with the reason. The task then waits. False when nothing was accepted: then it has no tasks to wait for.
 */
export async function delegateSubtasks(context: Context, task: Group, subtasks: readonly Subtask[]): Promise<boolean> {
  const [registry, dependencies] = await Promise.all([context.registry.read(), readDependencies(context, task)]);
  const untrusted = dependencies.flatMap(({ result }) => (result ? foreignTexts(result) : []));
  const done = await changeHeldRun(
    context,
    task,
    (change) => {
      const accepted = new Map<string, string>();
      subtasks.forEach((given, block) => {
        const reading = readSubtask(given);
        if ("refusal" in reading) {
          change.events.push(refused(task, block, JSON.stringify(given) ?? "", reading.refusal));
          return;
        }
        const action = actionOf(task, reading.subtask);
        const refusal = unfit(action, registry) ?? refusalOf(context, change, task, action, accepted, untrusted);
        if (refusal !== null) {
          change.events.push(refused(task, block, writeAction(action), refusal));
          return;
        }
        change.events.push(admitted(task, block, action));
        const words = { ...wordsOf(action, "agent", action.dependsOn), part: partOf(block, subtasks.length) };
        const dependsOn = action.dependsOn.flatMap((ref) => accepted.get(ref) ?? []);
        const order = { parentId: task.id, turn: task.openings, block, spec: words, dependsOn };
        accepted.set(action.id, createTask(change, { ...order, acceptedSeq: change.nextSeq - 1 }, registry));
      });
      if (accepted.size > 0) awaitParts(context, change, task);
      return accepted.size > 0;
    },
    { agents: true },
  );
  return done.value;
}

/** All subtasks have settled: their results are the task's. It fails when none of them brought anything. */
export function settleSubtasks(context: Context, task: Group, parts: readonly Part[]): Promise<Settled> {
  const why = whyAllFailed(parts);
  if (why !== null) {
    return failTask(context, task, new DeputyError("subtasks-failed", `None of its own tasks succeeded. ${why}`));
  }
  const subtasks = parts.map(({ spec, result, error }) => {
    const { ref, agent, task: words } = spec;
    return { ref, agent, task: words, ...(result && { result }), ...(error && { error: error.message }) };
  });
  return completeTask(context, task, aggregate(task.spec.aggregate ?? "concat", subtasks));
}

const partOf = (block: number, of: number) => ({ kind: "subtask", number: block + 1, of }) as const;

function actionOf(task: Group, subtask: Subtask): DelegateAction {
  const { agent, task: words, dependsOn = [], mode = "parallel", strict = true, complexity, input } = subtask;
  return {
    kind: "delegate",
    agentType: agent,
    task: words,
    id: partRef(task, subtask.ref),
    dependsOn: dependsOn.map((ref) => partRef(task, ref)),
    mode,
    priority: task.priority,
    strict,
    ...(complexity !== undefined && { complexity }),
    ...(input !== undefined && { input }),
  };
}

/** Nobody wrote it as text: its span is empty, and its text is what a block would say. */
function admitted(task: Group, block: number, action: DelegateAction) {
  const said = saidIn(task, block, writeAction(action));
  const data: EventData<"action.accepted"> = { ...said, normalised: [], action, phase: "EXECUTING" };
  return { type: "action.accepted", taskId: task.id, data } as const;
}

/** `text`: what a block would say, or as it was given when no block can say it. */
function refused(task: Group, block: number, text: string, refusal: Refusal) {
  const data: EventData<"action.refused"> = { ...saidIn(task, block, text), ...refusal };
  return { type: "action.refused", taskId: task.id, data } as const;
}

function saidIn({ openings: turn }: Group, block: number, text: string) {
  const span: [number, number] = [0, 0];
  return { turn, block, author: "agent", span, text: excerpt(text) } as const;
}

function unfit(action: DelegateAction, registry: readonly RegisteredAgent[]): Refusal | null {
  const message = inputFaultOf(action, registry);
  return message === null ? null : { code: "bad-value", message };
}

function refusalOf(
  { env }: Context,
  change: RunChange,
  task: ClaimedTask,
  { id, task: words, dependsOn }: DelegateAction,
  accepted: ReadonlyMap<string, string>,
  untrusted: readonly string[],
): Refusal | null {
  if (depthOf(task.ref) >= env.budgets.depth) {
    const message = `Tasks may stand at most ${env.budgets.depth} deep (setting DEPUTY_MAX_DEPTH).`;
    return { code: "depth", message };
  }
  if (change.run.taskCount >= env.budgets.tasks) {
    const message = `The run has ${change.run.taskCount} of at most ${env.budgets.tasks} tasks (setting DEPUTY_MAX_TASKS).`;
    return { code: "budget", message };
  }
  if (accepted.has(id)) return { code: "duplicate-id", message: `The reference ${id} is taken.` };
  const unknown = dependsOn.find((other) => !accepted.has(other));
  if (unknown !== undefined) {
    const message = `No task ${unknown} was accepted before it, which it depends on.`;
    return { code: "unknown-dependency", message };
  }
  if (tainted(words, untrusted, task.spec.task)) {
    return { code: "tainted", message: "The task repeats ten or more words of a retrieved text." };
  }
  return null;
}
