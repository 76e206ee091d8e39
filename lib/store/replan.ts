import type { Sql } from "postgres";
import type { TaskState } from "#/lib/store/run-state.ts";

/**
 * Other words for a task that nobody has claimed: who changes them holds the run's lock, and has seen there that the task was
 * not dispatched. Its state is written by saveRuns, right before: by then it may be dispatched, and taken by this process.
 */
export function rewordTask(sql: Sql, task: TaskState) {
  return sql`
    update tasks set agent = ${task.agent}, priority = ${task.priority}, strict = ${task.strict}, hash = ${task.hash},
      depends_on = ${[...task.dependsOn]}::uuid[], timeout_ms = ${task.timeoutMs}, created_seq = ${task.createdSeq},
      accepted_seq = ${task.acceptedSeq}
    where id = ${task.id}`;
}
