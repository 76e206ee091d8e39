import type { ReservedSql } from "postgres";
import type { TaskWords } from "#/lib/store/run-state.ts";

/** What the log says of tasks: their words, and the actions that warrant them. Also inside of the change that writes them. */
export function readTaskWords(sql: Pick<ReservedSql, "unsafe">, taskIds: readonly string[]) {
  return sql.unsafe<TaskWords[]>(WORDS, [[...taskIds]], { prepare: true });
}

const WORDS = `
  select task.id as "taskId",
    case when created.type in ('task.created', 'task.changed') and created.task_id = task.id then created.data end as created,
    case when accepted.type = 'action.accepted' then accepted.data end as accepted
  from tasks task
    left join events created on created.run_id = task.run_id and created.seq = task.created_seq
    left join events accepted on accepted.run_id = task.run_id and accepted.seq = task.accepted_seq
  where task.id = any($1::uuid[])`;
