import type { Sql } from "postgres";
import type { LoadedRun, RunState, TaskState } from "#/lib/store/run-state.ts";

/** The reading half of a change of runs (see commit-runs.ts): plain SQL, for these are the statements that run most. */

type Reader = Pick<Sql, "unsafe">;

/**
 * Locks the runs until the transaction ends, in the order of their ids, so that two changes of several runs never wait for
 * each other. Every change of a run's state begins with this lock.
 */
export function lockRuns(sql: Reader, runIds: readonly string[]) {
  return sql.unsafe<RunState[]>(LOCK, [[...runIds]], { prepare: true });
}

/** Of a row of `runs`. */
export const RUN_COLUMNS = `id, conversation_id as "conversationId", message_id as "messageId", status, phase, last_seq as "lastSeq",
    task_count as "taskCount", version, program, paused_at is not null as paused, error, created_at::text as "createdAt"`;

const LOCK = `select ${RUN_COLUMNS} from runs where id = any($1::uuid[]) order by id for update`;

const COLUMNS = `
  select id, run_id as "runId", parent_id as "parentId", turn, block, ref, agent, author, mode, priority, strict,
    condition, part, most_attempts as "mostAttempts", hash,
    depends_on as "dependsOn", timeout_ms as "timeoutMs", created_seq as "createdSeq", accepted_seq as "acceptedSeq",
    settled_seq as "settledSeq",
    created_at::text as "createdAt", started_at::text as "startedAt", status, attempt, claim, worker_id as "workerId", announced,
    dispatched_at is not null as dispatched, due_at <= statement_timestamp() as due, error, dead
  from tasks where`;

export function loadOpenTasks(sql: Reader, runIds: readonly string[]) {
  return sql.unsafe<TaskState[]>(OPEN, [[...runIds]], { prepare: true });
}

const OPEN = `${COLUMNS} open and run_id = any($1::uuid[])`;

export function loadTasks(sql: Reader, taskIds: readonly string[]) {
  return sql.unsafe<TaskState[]>(NAMED, [[...taskIds]], { prepare: true });
}

const NAMED = `${COLUMNS} id = any($1::uuid[])`;

/** Types of the agents that somebody has registered. */
export function loadAgentTypes(sql: Reader) {
  return sql.unsafe<{ type: string }[]>("select type from agents", [], { prepare: true });
}

/** Each run with its tasks in the order in which they were created, the root task first. */
export function loadedRuns(
  known: ReadonlyMap<string, LoadedRun>,
  runs: readonly RunState[],
  open: readonly TaskState[],
  named: readonly TaskState[],
): Map<string, LoadedRun> {
  const loaded = [...open, ...[...known.values()].flatMap(({ tasks }) => tasks)];
  const ids = new Set(loaded.map(({ id }) => id));
  const tasks = [...loaded, ...named.filter(({ id }) => !ids.has(id))];
  const tasksOf = Map.groupBy(inOrder(tasks), (task) => task.runId);
  const all = [...[...known.values()].map(({ run }) => run), ...runs];
  return new Map(all.map((run) => [run.id, { run, tasks: tasksOf.get(run.id) ?? [] }]));
}

/** In the order in which their words were written, the root task first. */
export function inOrder(tasks: readonly TaskState[]): TaskState[] {
  return tasks.toSorted((left, right) => (left.createdSeq ?? 0) - (right.createdSeq ?? 0));
}
