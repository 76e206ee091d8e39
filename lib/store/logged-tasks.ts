import type { ReservedSql } from "postgres";
import { answered } from "#/lib/store/answered.ts";
import type { Store } from "#/lib/store/db.ts";
import type { LoggedTask } from "#/lib/store/run-state.ts";

/** What the log says of these tasks, in no order. Tasks that do not exist are missing. */
export function readLoggedTasks(store: Store, taskIds: readonly string[]): Promise<LoggedTask[]> {
  return answered(store, "hot", (sql) => loggedTasks(sql, taskIds));
}

/** The same behind a change, in its round trip. */
export function loggedTasks(sql: Pick<ReservedSql, "unsafe">, taskIds: readonly string[]) {
  return sql.unsafe<LoggedTask[]>(LOGGED, [[...taskIds]], { prepare: true });
}

const LOGGED = `
  select task.id as "taskId",
    case when created.type in ('task.created', 'task.changed') and created.task_id = task.id then created.data end as created,
    case when accepted.type = 'action.accepted' then accepted.data end as accepted,
    settled.type as "end", settled.data as outcome
  from tasks task
    left join events created on created.run_id = task.run_id and created.seq = task.created_seq
    left join events accepted on accepted.run_id = task.run_id and accepted.seq = task.accepted_seq
    left join events settled on settled.run_id = task.run_id and settled.seq = task.settled_seq
  where task.id = any($1::uuid[])`;
