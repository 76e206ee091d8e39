import { answered } from "#/lib/store/answered.ts";
import type { Store } from "#/lib/store/db.ts";
import type { TaskWords } from "#/lib/store/run-state.ts";

/** What the log says of a task: its words, and the action that warrants it. */
export async function readTaskWords(store: Store, taskId: string): Promise<TaskWords | undefined> {
  const rows = await answered(
    store,
    "hot",
    (sql) => sql<TaskWords[]>`
      select task.id as "taskId",
        case when created.type in ('task.created', 'task.changed') and created.task_id = task.id then created.data end as created,
        case when accepted.type = 'action.accepted' then accepted.data end as accepted
      from tasks task
        left join events created on created.run_id = task.run_id and created.seq = task.created_seq
        left join events accepted on accepted.run_id = task.run_id and accepted.seq = task.accepted_seq
      where task.id = ${taskId}`,
  );
  return rows[0];
}
