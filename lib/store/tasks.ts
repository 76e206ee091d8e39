import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Failure, TaskSpec } from "#/lib/protocol/task.ts";
import type { Db } from "#/lib/store/db.ts";
import { tasks, workers } from "#/lib/store/schema.ts";
import { storable } from "#/lib/store/storable.ts";

/**
 * Task rows. All functions that change one expect the caller to hold the run's lock (`lockRun`), except `markRung`.
 * A write by a worker names its claim; when no row matches, somebody else owns the task and the worker must stop.
 */
export type Task = typeof tasks.$inferSelect;

export type NewTask = {
  readonly id: string;
  readonly runId: string;
  readonly parentId: string | null;
  readonly turn: number | null;
  readonly block: number | null;
  readonly spec: TaskSpec;
  readonly hash: string;
  readonly dependsOn: readonly string[];
};

/** False when a task exists already for this block of this turn: a block is dispatched at most once. */
export async function insertTask(db: Db, task: NewTask): Promise<boolean> {
  const { spec } = task;
  const added = await db
    .insert(tasks)
    .values({
      id: task.id,
      runId: task.runId,
      parentId: task.parentId,
      turn: task.turn,
      block: task.block,
      ref: spec.ref,
      agent: spec.agent,
      author: spec.author,
      mode: spec.mode,
      priority: spec.priority,
      spec: storable(spec),
      hash: task.hash,
      dependsOn: [...task.dependsOn],
      strict: spec.strict,
      timeoutMs: spec.timeoutMs ?? null,
    })
    .onConflictDoNothing()
    .returning({ id: tasks.id });
  return added.length === 1;
}

export async function findTask(db: Db, taskId: string): Promise<Task | null> {
  const [row] = await db.select().from(tasks).where(eq(tasks.id, taskId));
  return row ?? null;
}

/** In the order in which they were created. */
export async function listTasks(db: Db, runId: string): Promise<Task[]> {
  return db.select().from(tasks).where(eq(tasks.runId, runId)).orderBy(asc(tasks.createdAt), asc(tasks.id));
}

/** The task may start: a worker that hears of it may claim it. The caller rings after the commit. */
export async function markDispatched(db: Db, taskIds: readonly string[]): Promise<void> {
  if (taskIds.length === 0) return;
  await db
    .update(tasks)
    .set({ dispatchedAt: sql`now()` })
    .where(inArray(tasks.id, [...taskIds]));
}

/**
 * Raises the claim number and gives the task to the worker, or returns null: not pending, not due, not dispatched, another
 * hash than the entry said, or the worker's lease was taken away meanwhile.
 */
export async function claimTask(
  db: Db,
  claim: { taskId: string; hash: string; workerId: string; timeoutMs: number },
): Promise<Task | null> {
  const timeout = sql`coalesce(${tasks.timeoutMs}, ${claim.timeoutMs}) * interval '1 millisecond'`;
  const [row] = await db
    .update(tasks)
    .set({
      status: "in_progress",
      claim: sql`${tasks.claim} + 1`,
      attempt: sql`${tasks.attempt} + 1`,
      workerId: claim.workerId,
      startedAt: sql`now()`,
      deadlineAt: sql`now() + ${timeout}`,
    })
    .where(
      and(
        eq(tasks.id, claim.taskId),
        eq(tasks.hash, claim.hash),
        eq(tasks.status, "pending"),
        sql`${tasks.dispatchedAt} is not null`,
        sql`${tasks.dueAt} <= now()`,
        sql`exists (select 1 from ${workers} where ${workers.id} = ${claim.workerId})`,
      ),
    )
    .returning();
  return row ?? null;
}

export async function holdsClaim(db: Db, taskId: string, claim: number): Promise<boolean> {
  const [row] = await db
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(eq(tasks.id, taskId), eq(tasks.claim, claim), eq(tasks.status, "in_progress")));
  return row !== undefined;
}

/** The first terminal outcome wins: false when the claim is not the current one. */
export async function settleTask(
  db: Db,
  settled: { taskId: string; claim: number; status: "completed" | "failed"; error: Failure | null },
): Promise<boolean> {
  const changed = await db
    .update(tasks)
    .set({ status: settled.status, error: storable(settled.error), settledAt: sql`now()` })
    .where(held(settled))
    .returning({ id: tasks.id });
  return changed.length === 1;
}

/** Fails a task that nobody holds, such as one whose agent is not registered. */
export async function failPendingTask(db: Db, taskId: string, error: Failure): Promise<void> {
  await db
    .update(tasks)
    .set({ status: "failed", error: storable(error), settledAt: sql`now()` })
    .where(and(eq(tasks.id, taskId), eq(tasks.status, "pending")));
}

/** Gives the task back for another attempt after `delayMs`. */
export async function giveBackTask(
  db: Db,
  given: { taskId: string; claim: number; delayMs: number; error: Failure | null },
): Promise<boolean> {
  const changed = await db
    .update(tasks)
    .set({
      status: "pending",
      workerId: null,
      error: storable(given.error),
      dueAt: sql`now() + ${given.delayMs} * interval '1 millisecond'`,
      rungAt: null,
    })
    .where(held(given))
    .returning({ id: tasks.id });
  return changed.length === 1;
}

/** The task waits for its children and holds no worker; when it goes on, its attempts are counted anew. */
export async function suspendTask(db: Db, suspended: { taskId: string; claim: number }): Promise<boolean> {
  const changed = await db
    .update(tasks)
    .set({ status: "waiting", workerId: null, attempt: 0 })
    .where(held(suspended))
    .returning({ id: tasks.id });
  return changed.length === 1;
}

/** A waiting task becomes pending and due. False when it was not waiting. */
export async function wakeTask(db: Db, taskId: string): Promise<boolean> {
  const changed = await db
    .update(tasks)
    .set({ status: "pending", dueAt: sql`now()`, rungAt: sql`now()` })
    .where(and(eq(tasks.id, taskId), eq(tasks.status, "waiting")))
    .returning({ id: tasks.id });
  return changed.length === 1;
}

/** Cancels whatever is open in the subtree, its root included, in one statement; returns what was cancelled. */
export async function cancelSubtree(db: Db, rootTaskId: string): Promise<Pick<Task, "id" | "agent" | "parentId">[]> {
  return db
    .update(tasks)
    .set({ status: "cancelled", settledAt: sql`now()` })
    .where(
      and(
        inArray(tasks.status, ["pending", "in_progress", "waiting"]),
        sql`${tasks.id} in (
          with recursive subtree as (
            select id from tasks where id = ${rootTaskId}
            union all
            select child.id from tasks child join subtree on child.parent_id = subtree.id
          ) select id from subtree)`,
      ),
    )
    .returning({ id: tasks.id, agent: tasks.agent, parentId: tasks.parentId });
}

export async function findRootTask(db: Db, runId: string): Promise<Task | null> {
  const [row] = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.runId, runId), isNull(tasks.parentId)));
  return row ?? null;
}

function held(by: { taskId: string; claim: number }) {
  return and(eq(tasks.id, by.taskId), eq(tasks.claim, by.claim), eq(tasks.status, "in_progress"));
}
