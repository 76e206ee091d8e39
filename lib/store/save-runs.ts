import postgres, { type Sql } from "postgres";
import { eventVersion, type NewEvent } from "#/lib/protocol/event.ts";
import { isOpen, type RunState, type TaskClocks, type TaskState } from "#/lib/store/run-state.ts";
import { storable } from "#/lib/store/storable.ts";

/**
 * The writing half of a change of runs: new tasks, changed tasks, events and runs, whatever their number, in one statement.
 * A claim needs no lock of its run (claim-tasks.ts), so a pending task may have been claimed since it was read: then only a
 * cancel is written over it.
 *
 * Runs that were not read under their lock (`unread`) are locked here, and must still have the version that the change began
 * with (of older workers, who do not raise it, the log tells); all tasks that are changed must still be with whom it found
 * them. Else the statement fails (`isOutOfDate`), and nothing is written.
 */

export type NumberedEvent = NewEvent & { readonly runId: string; readonly seq: number };
export type ChangedTask = {
  readonly task: TaskState;
  readonly clocks: TaskClocks;
  /** Who held it before the change. */
  readonly heldBy?: string | null;
};
export type ChangedRun = {
  readonly run: RunState;
  /** Moves the run's deadline, as a pause does. */
  readonly laterByPause?: boolean;
};

export type Changes = {
  readonly runs: readonly ChangedRun[];
  readonly created: readonly ChangedTask[];
  readonly changed: readonly ChangedTask[];
  readonly events: readonly NumberedEvent[];
};

export type Unread = readonly Pick<RunState, "id" | "version" | "lastSeq">[];

export function saveRuns(sql: Pick<Sql, "unsafe">, changes: Changes, unread: Unread = []) {
  const { runs, created, changed, events } = changes;
  const known = unread.map(({ id, version, lastSeq }) => JSON.stringify({ id, version, seq: lastSeq }));
  const rows = [changed.map(taskRow), events.map(eventRow), runs.map(runRow), known];
  const [statement, parts] = created.length === 0 ? [CHANGE, rows] : [CREATE, [...rows, created.map(createdRow)]];
  return sql.unsafe(
    statement,
    parts.map((part) => `[${part.join(",")}]`),
    { prepare: true },
  );
}

const clocks = (table: "t" | "null") => ({
  due: `case when x.due is null then ${table === "t" ? "t.due_at" : "statement_timestamp()"} else statement_timestamp() + x.due * interval '1 millisecond' end`,
  rung: `case x.rung when true then statement_timestamp() when false then null ${table === "t" ? "else t.rung_at" : ""} end`,
});

/** Claim number, worker, start and deadline; a claim in the same change is one more than the one that is compared. */
const taken = (claim: string, started = "null", deadline = "null") =>
  `case when x.taken then x.claim + 1 else ${claim} end, x.worker,
      case when x.taken then statement_timestamp() else ${started} end,
      case when x.taken then statement_timestamp() + x.attempt_ms * interval '1 millisecond' else ${deadline} end`;

const taskColumns =
  "status text, open boolean, attempt int, claim int, taken boolean, attempt_ms float8, announced int, settled int, worker text, dispatched boolean, due float8, rung boolean, error jsonb, dead text";

/** One that is false ends the statement; what is written depends on it, so that it is looked at first. */
const required = (condition: string) => `1 / (case when ${condition} then 1 else 0 end) = 1`;

const MADE = `made as (
    insert into tasks (id, run_id, parent_id, turn, block, ref, agent, author, mode, priority, created_seq, accepted_seq, hash,
      depends_on, strict, condition, part, most_attempts, timeout_ms, status, open, settled_seq, dispatched_at, due_at, rung_at, settled_at, error, dead,
      created_at, attempt, claim, worker_id, started_at, deadline_at)
    select x.id, x.run, x.parent, x.turn, x.block, x.ref, x.agent, x.author, x.mode, x.priority, x.created, x.accepted, x.hash,
      x.depends, x.strict, x.condition, x.part, x.most, x.timeout, x.status, x.open, x.settled, case when x.dispatched then statement_timestamp() end, ${clocks("null").due}, ${clocks("null").rung},
      case when not x.open then statement_timestamp() end, x.error, x.dead, statement_timestamp(), x.attempt, ${taken("0")}
    from json_to_recordset($5::text::json) as x(id uuid, run uuid, parent uuid, turn int, block int, ref text, agent text,
      author text, mode text, priority text, created int, accepted int, hash text, depends uuid[], strict boolean,
      condition text, part text, most int, timeout int, ${taskColumns})
    where (select ok from known)
  ), `;

const saving = (more: string) => `
  with unread as (
    select id, version, seq from json_to_recordset($4::text::json) as x(id uuid, version int, seq int)
  ), locked as (
    select r.id from unread u join runs r on r.id = u.id and r.version = u.version and r.last_seq = u.seq
    order by r.id for update of r
  ), known as (
    select ${required("(select count(*) from locked) = (select count(*) from unread)")} as ok
  ), ${more}moved as (
    update tasks t set status = x.status, open = x.open, attempt = x.attempt, announced = x.announced, settled_seq = x.settled,
      (claim, worker_id, started_at, deadline_at) = row(${taken("t.claim", "t.started_at", "t.deadline_at")}),
      dispatched_at = case when x.dispatched then coalesce(t.dispatched_at, statement_timestamp()) end,
      due_at = ${clocks("t").due}, rung_at = ${clocks("t").rung},
      settled_at = case when not x.open then coalesce(t.settled_at, statement_timestamp()) end,
      error = x.error, dead = x.dead
    from json_to_recordset($1::text::json) as x(id uuid, held_by text, ${taskColumns})
    where t.id = x.id and (select ok from known)
      and (t.claim = x.claim and t.worker_id is not distinct from x.held_by
        or x.status = 'cancelled' and (select count(*) from unread) = 0)
    returning 1
  ), logged as (
    insert into events (run_id, seq, at, v, type, task_id, agent, data)
    select x.run, x.seq, statement_timestamp(), ${eventVersion}, x.type, x.task, x.agent, x.data
    from json_to_recordset($2::text::json) as x(run uuid, seq int, type text, task uuid, agent text, data jsonb)
    where (select ok from known)
  ), all_moved as (
    select ${required("(select count(*) from unread) = 0 or (select count(*) from moved) = json_array_length($1::text::json)")} as ok
  )
  update runs r set status = x.status, phase = x.phase, last_seq = x.seq, task_count = x.tasks, version = r.version + 1, program = x.program,
    error = x.error,
    paused_at = case when x.paused then case when x.later then statement_timestamp() else coalesce(r.paused_at, statement_timestamp()) end end,
    deadline_at = case when x.later then r.deadline_at + (statement_timestamp() - coalesce(r.paused_at, statement_timestamp())) else r.deadline_at end,
    ended_at = case when x.status = 'active' then null else statement_timestamp() end
  from json_to_recordset($3::text::json) as x(id uuid, status text, phase text, seq int, tasks int, program text, error jsonb,
    paused boolean, later boolean)
  where r.id = x.id and (select ok from known) and (select ok from all_moved)`;

/** To begin the insert of tasks takes the server a tenth of the whole, even when there are none. */
const CHANGE = saving("");
const CREATE = saving(MADE);

const DIVISION_BY_ZERO = "22012";

/** Whether a run was not as it was held to be. */
export function isOutOfDate(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === DIVISION_BY_ZERO;
}

function createdRow(created: ChangedTask): string {
  const { task } = created;
  return jsonOf({
    run: task.runId,
    parent: task.parentId,
    turn: task.turn,
    block: task.block,
    ref: task.ref,
    agent: task.agent,
    author: task.author,
    mode: task.mode,
    priority: task.priority,
    created: task.createdSeq,
    accepted: task.acceptedSeq,
    hash: task.hash,
    depends: task.dependsOn,
    strict: task.strict,
    condition: task.condition,
    part: task.part,
    most: task.mostAttempts,
    timeout: task.timeoutMs,
    ...columnsOf(created),
  });
}

const taskRow = (changed: ChangedTask) => jsonOf({ held_by: changed.heldBy, ...columnsOf(changed) });

function columnsOf({ task, clocks }: ChangedTask) {
  return {
    id: task.id,
    status: task.status,
    open: isOpen(task.status),
    attempt: task.attempt,
    claim: clocks.takenForMs === undefined ? task.claim : task.claim - 1,
    taken: clocks.takenForMs !== undefined,
    attempt_ms: clocks.takenForMs,
    announced: task.announced,
    settled: task.settledSeq,
    worker: task.workerId,
    dispatched: task.dispatched,
    due: clocks.dueInMs,
    rung: clocks.rung,
    error: task.error,
    dead: task.dead,
  };
}

function eventRow({ runId, seq, type, taskId, agent, data }: NumberedEvent): string {
  return jsonOf({ run: runId, seq, type, task: taskId, agent, data });
}

function runRow({ run, laterByPause }: ChangedRun): string {
  const { id, status, phase, lastSeq, taskCount, program, error, paused } = run;
  return jsonOf({
    id,
    status,
    phase,
    seq: lastSeq,
    tasks: taskCount,
    program,
    error,
    paused,
    later: laterByPause === true,
  });
}

/** JSON that Postgres can store: what it cannot is rare, so it is looked for in the text. */
function jsonOf(value: object): string {
  const text = JSON.stringify(value);
  return /\\u(?:0000|d[89a-f])/i.test(text) ? JSON.stringify(storable(value)) : text;
}
