import { DeputyError } from "#/lib/errors.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { PartOf } from "#/lib/protocol/orchestration.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { createTask } from "#/lib/run/create-task.ts";
import { type Group, partRef } from "#/lib/run/group/parts.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import type { TaskWords } from "#/lib/run/prepare-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/** A part of a group that is to be created: it has the group's words, but for what stands here. */
export type PartOrder = {
  /** Its number among all parts of the group since it was opened: the same number makes the same task, whoever makes it again. */
  readonly number: number;
  /** The last piece of its reference. */
  readonly name: string;
  readonly agent: AgentName;
  readonly part: PartOf;
  readonly timeoutMs?: number;
  readonly attempts?: number;
};

/**
 * Creates parts of a group and lets it wait for them, in one change: from here on no process holds it, and the last of them
 * that settles wakes it. `before` are events that belong in front of theirs. Throws `budget` when the run would have more tasks
 * than it may.
 */
export async function spawnParts(
  context: Context,
  group: Group,
  parts: readonly PartOrder[],
  before: readonly NewEvent[] = [],
): Promise<void> {
  const registry = await context.registry.read();
  const { id: parentId, openings: turn, dependsOn, acceptedSeq } = group;
  await changeHeldRun(
    context,
    group,
    (change) => {
      requireRoom(context, change, parts.length);
      change.events.push(...before);
      for (const part of parts) {
        const spec = wordsOf(group, part);
        createTask(change, { parentId, turn, block: part.number, spec, dependsOn, acceptedSeq }, registry);
      }
      awaitParts(context, change, group);
    },
    { agents: true },
  );
}

/** The group holds no worker, and its attempts are counted anew when it goes on. */
export function awaitParts(context: Context, change: RunChange, group: ClaimedTask): void {
  change.setTask(group.id, { status: "waiting", workerId: null, attempt: 0 });
  moveGraph(change, context.env.budgets.liveTasks);
}

function wordsOf(group: Group, { name, agent, part, timeoutMs, attempts }: PartOrder): TaskWords {
  const { task, author, priority, dependsOn, complexity, input, ...more } = group.spec;
  const { market: _terms, ...given } = input ?? {};
  return {
    ref: partRef(group, name),
    agent,
    task,
    author,
    mode: "parallel",
    priority,
    strict: false,
    dependsOn,
    ...(complexity !== undefined && { complexity }),
    ...(Object.keys(given).length > 0 && { input: given }),
    ...defined({ timeoutMs: timeoutMs ?? more.timeoutMs, attempts: attempts ?? more.attempts }),
    part,
  };
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function requireRoom({ env }: Context, change: RunChange, more: number): void {
  const { taskCount } = change.run;
  if (taskCount + more <= env.budgets.tasks) return;
  const message = `It needs ${more} tasks of its own, and the run has ${taskCount} of at most ${env.budgets.tasks}. Ask with fewer voters, in a run of its own, or have the setting DEPUTY_MAX_TASKS raised.`;
  throw new DeputyError("budget", message);
}
