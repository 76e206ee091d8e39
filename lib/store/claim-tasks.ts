import { answered } from "#/lib/store/answered.ts";
import type { Store } from "#/lib/store/db.ts";
import { RUN_COLUMNS } from "#/lib/store/load-runs.ts";
import type { RunState, TaskState, TaskWords } from "#/lib/store/run-state.ts";

export type WantedTask = {
  readonly taskId: string;
  /** What the entry said; it must be the row's. */
  readonly hash: string;
  /** The time of an attempt, unless the task names its own. */
  readonly timeoutMs: number;
};

export type TakenTask = TaskState &
  TaskWords & {
    readonly program: string | null;
    /** The task's run, when the task is all that there is in it. */
    readonly run: RunState | null;
  };

/**
 * Claims for the worker those of the tasks that may be claimed, in one statement: pending, dispatched, due, of a run that is
 * under way and not paused, with the hash that was named, while the worker has a lease. Each raises the task's claim number.
 * It does not wait for the disk: should a crash of the database undo it, nothing of it was told to anybody, the task is
 * claimed again, and the fence names the worker, too. It waits for no lock either, so that it takes part in no deadlock: a
 * task that somebody is just changing is not taken now, and rung again.
 *
 * `isGuarding`: a task in its last attempt, whose earlier ones ended the process, is not taken now.
 */
export async function claimTasks(
  store: Store,
  worker: { readonly id: string; readonly isGuarding: boolean; readonly mostAttempts: number },
  wanted: readonly WantedTask[],
): Promise<TakenTask[]> {
  const ids = wanted.map(({ taskId }) => taskId);
  const hashes = wanted.map(({ hash }) => hash);
  const timeouts = wanted.map(({ timeoutMs }) => timeoutMs);
  // Scalar subqueries and array positions, where joins would read better: those let a planner without statistics begin with
  // the runs, and read all their tasks.
  return answered(
    store,
    "relaxed",
    (sql) => sql<TakenTask[]>`
    with due as (
      select task.id, (${timeouts}::float8[])[array_position(${ids}::uuid[], task.id)] as timeout,
        task.attempt >= ${worker.mostAttempts - 1} and task.error->>'code' is not distinct from 'worker-lost' as suspect
      from tasks task
      where task.id = any(${ids}::uuid[])
        and task.hash = (${hashes}::text[])[array_position(${ids}::uuid[], task.id)]
        and task.status = 'pending' and task.dispatched_at is not null and task.due_at <= statement_timestamp()
        and (select run.status = 'active' and run.paused_at is null from runs run where run.id = task.run_id)
        and exists (select 1 from workers where workers.id = ${worker.id})
        and not (${worker.isGuarding} and task.attempt >= ${worker.mostAttempts - 1}
          and task.error->>'code' is not distinct from 'worker-lost')
      order by task.id for update of task skip locked
    ), chosen as (
      select id, timeout from due where not suspect or id = (select one.id from due one where one.suspect limit 1)
    ), taken as (
      update tasks task set status = 'in_progress', claim = task.claim + 1, attempt = task.attempt + 1,
        worker_id = ${worker.id}, started_at = statement_timestamp(),
        deadline_at = statement_timestamp() + coalesce(task.timeout_ms, due.timeout) * interval '1 millisecond'
      from chosen due where task.id = due.id
      returning task.*, (select run.program from runs run where run.id = task.run_id),
        case when task.parent_id is null then (
          select to_json(alone) from (
            select ${sql.unsafe(RUN_COLUMNS)} from runs where id = task.run_id and task_count = 0) alone
        ) end as run
    )
    select taken.id, taken.run_id as "runId", parent_id as "parentId", turn, block, ref, taken.agent, author, mode, priority,
      strict, condition, part, most_attempts as "mostAttempts", hash, depends_on as "dependsOn", timeout_ms as "timeoutMs", created_seq as "createdSeq",
      accepted_seq as "acceptedSeq", settled_seq as "settledSeq", created_at::text as "createdAt", started_at::text as "startedAt", status, attempt,
      run, claim, worker_id as "workerId", announced, true as dispatched, true as due, error, dead, program,
      taken.id as "taskId",
      case when created.type in ('task.created', 'task.changed') and created.task_id = taken.id then created.data end as created,
      case when accepted.type = 'action.accepted' then accepted.data end as accepted
    from taken
      left join events created on created.run_id = taken.run_id and created.seq = taken.created_seq
      left join events accepted on accepted.run_id = taken.run_id and accepted.seq = taken.accepted_seq`,
  );
}

/** Why tasks could not be claimed. Tasks that do not exist are missing. */
export async function lookAtTasks(store: Store, ids: readonly string[]): Promise<{ id: string; hash: string }[]> {
  return answered(
    store,
    "hot",
    (sql) => sql<{ id: string; hash: string }[]>`select id, hash from tasks where id = any(${[...ids]}::uuid[])`,
  );
}
