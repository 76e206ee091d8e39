import type { TaskSpec } from "#/lib/protocol/task.ts";
import type { LoggedTask, TaskState } from "#/lib/store/run-state.ts";

/** A task in the hands of a worker. `claim` and `workerId` are the fence: every write of the worker names both. */
export type ClaimedTask = TaskState & {
  readonly workerId: string;
  readonly spec: TaskSpec;
  /** False when the log does not show that anybody was allowed to ask for it: such a task is not run. */
  readonly isWarranted: boolean;
  /** What the log says of the tasks that it depends on, when that was read together with the claim. */
  readonly logged?: readonly LoggedTask[];
};
