import { v7 as uuid } from "uuid";
import type { Action, DelegateAction } from "#/lib/protocol/action.ts";
import type { Author, TaskSpec } from "#/lib/protocol/task.ts";
import { createTask } from "#/lib/run/create-task.ts";
import { wordsOf } from "#/lib/run/prepare-task.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { insertLesson } from "#/lib/store/lessons.ts";

export type Performed = {
  readonly rootTaskId: string;
  readonly author: Author;
  readonly turn: number;
  readonly block: number;
  readonly action: Action;
  /** Number of the event that says that it was accepted. */
  readonly acceptedSeq: number;
  /** Ids of the run's tasks by their references; a task that is created is added. */
  readonly refs: Map<string, string>;
  /** Reference of the accepted DELEGATE before this one in the same output. */
  readonly before: string | undefined;
  readonly registry: readonly RegisteredAgent[];
  /** What no block can say. */
  readonly more?: Pick<TaskSpec, "condition" | "attempts">;
  /** Words of the run's tasks by their ids; those of a task that is created are added. */
  readonly specs?: Map<string, TaskSpec>;
};

/** What an accepted action causes, in the transaction that records it; the phase and the graph are moved by the caller. */
export function performAction(change: RunChange, performed: Performed): void {
  const { action } = performed;
  switch (action.kind) {
    case "plan":
      change.events.push({ type: "plan.proposed", data: { goal: action.goal, steps: action.steps } });
      return;
    case "verify":
      return;
    case "replan":
      throw new Error("a change of the plan may be refused, and has its own way: perform-replan.ts");
    case "learn": {
      const { lesson, tags } = action;
      const lessonId = uuid();
      change.more.push((sql) => insertLesson(sql, { id: lessonId, runId: change.run.id, lesson, tags }));
      change.events.push({ type: "lesson.learned", data: { lessonId, lesson, tags } });
      return;
    }
    case "delegate":
      delegate(change, performed, action);
      return;
  }
}

function delegate(change: RunChange, performed: Performed, action: DelegateAction): void {
  const { rootTaskId, author, turn, block, refs, acceptedSeq } = performed;
  const before = dependenciesOf(action, performed.before);
  const order = {
    parentId: rootTaskId,
    turn,
    block,
    spec: { ...wordsOf(action, author, before), ...performed.more },
    dependsOn: before.flatMap((ref) => refs.get(ref) ?? []),
    acceptedSeq,
  };
  const id = createTask(change, order, performed.registry);
  refs.set(action.id, id);
  const created = change.events.findLast((event) => event.type === "task.created" && event.taskId === id);
  if (created?.type === "task.created") performed.specs?.set(id, created.data);
}

/** MODE sequential: also after the accepted DELEGATE before it in this output. */
function dependenciesOf(action: DelegateAction, before: string | undefined): string[] {
  const implied = action.mode === "sequential" && before !== undefined ? [before] : [];
  return [...new Set([...action.dependsOn, ...implied])];
}
