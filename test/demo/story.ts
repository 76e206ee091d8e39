import type { EventOf, EventType, RunEvent } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec, TaskStatus } from "#/lib/protocol/task.ts";
import { answerOf, foldRun } from "#/lib/run/fold-run.ts";

/** What a log tells of one delegated task. Places are sequence numbers; 0 stands for "never". */
export type TaskStory = {
  readonly ref: string;
  readonly spec: TaskSpec;
  readonly status: TaskStatus;
  readonly result: TaskResult | undefined;
  /** Why it failed or was cancelled; empty otherwise. */
  readonly reason: string;
  readonly createdAt: number;
  readonly claimedAt: number;
  readonly settledAt: number;
  /** How often it was claimed, and how often it was settled. */
  readonly claims: number;
  readonly outcomes: number;
  /** What its last attempt took, where it was completed. */
  readonly milliseconds: number;
};

/** A run that has ended. */
export type Story = {
  readonly runId: string;
  readonly events: readonly RunEvent[];
  /** What the main agent answered; empty in a program's run. */
  readonly answer: string;
  readonly tasks: readonly TaskStory[];
};

/** Pure: whoever has read the same log tells the same. */
export function storyOf(events: readonly RunEvent[]): Story {
  const folded = foldRun(events);
  const tasks = [...folded.tasks.values()].map(({ id, spec, status, result }) =>
    taskStory(
      events.filter(({ taskId }) => taskId === id),
      { spec, status, result },
    ),
  );
  return { runId: events[0]?.runId ?? "", events, answer: answerOf(folded).trim(), tasks };
}

function taskStory(
  own: readonly RunEvent[],
  known: { spec: TaskSpec; status: TaskStatus; result: TaskResult | undefined },
): TaskStory {
  const claims = ofType(own, "task.claimed");
  const [completed] = ofType(own, "task.completed");
  const [failed] = ofType(own, "task.failed");
  const [cancelled] = ofType(own, "task.cancelled");
  const outcomes = [completed, failed, cancelled].flatMap((outcome) => outcome ?? []);
  return {
    ...known,
    ref: known.spec.ref,
    reason: failed?.data.error.message ?? cancelled?.data.reason ?? "",
    createdAt: ofType(own, "task.created")[0]?.seq ?? 0,
    claimedAt: claims[0]?.seq ?? 0,
    settledAt: outcomes[0]?.seq ?? 0,
    claims: claims.length,
    outcomes: own.filter(({ type }) => /^task\.(completed|failed|cancelled)$/.test(type)).length,
    milliseconds: completed?.data.milliseconds ?? 0,
  };
}

export function ofType<T extends EventType>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> & RunEvent => event.type === type);
}

/** Throws when the run has no such task. */
export function taskOf(story: Story, ref: string): TaskStory {
  const task = story.tasks.find((one) => one.ref === ref);
  if (task === undefined) throw new Error(`the run has no task ${ref}`);
  return task;
}

/** The tasks right below another one. */
export function partsOf(story: Story, ref: string): TaskStory[] {
  const depth = ref.split(".").length + 1;
  return story.tasks.filter((task) => task.ref.startsWith(`${ref}.`) && task.ref.split(".").length === depth);
}

/** Milliseconds between two places of the log, by the database's clock. */
export function millisecondsBetween(story: Story, from: number, to: number): number {
  const at = (seq: number) => Date.parse(story.events.find((event) => event.seq === seq)?.at ?? "");
  return at(to) - at(from);
}
