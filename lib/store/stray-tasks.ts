import { and, asc, eq, getTableColumns, inArray, isNull, sql } from "drizzle-orm";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { Db } from "#/lib/store/db.ts";
import { runs, tasks, workers } from "#/lib/store/schema.ts";
import type { Task } from "#/lib/store/tasks.ts";

/** What the reconciler and a worker's watch look for: tasks that no longer are in the hands the record says. */

/** Tasks in progress whose worker is not registered any more. */
export async function listOrphanedTasks(db: Db): Promise<Task[]> {
  return db
    .select()
    .from(tasks)
    .where(
      and(
        tasks.open,
        eq(tasks.status, "in_progress"),
        sql`not exists (select 1 from ${workers} where ${workers.id} = ${tasks.workerId})`,
      ),
    )
    .limit(1_000);
}

/** Tasks that the worker claimed more than `olderThanMs` ago and has not settled, at most 1,000. */
export async function listTasksOfWorker(db: Db, workerId: string, olderThanMs: number): Promise<Task[]> {
  return db
    .select()
    .from(tasks)
    .where(
      and(
        tasks.open,
        eq(tasks.workerId, workerId),
        eq(tasks.status, "in_progress"),
        sql`${tasks.startedAt} < ${ago(olderThanMs)}`,
      ),
    )
    .limit(1_000);
}

type HeldClaim = { readonly taskId: string; readonly claim: number };

/** Which of these tasks the worker does not hold any more: cancelled, settled, or given to another. */
export async function listLostClaims(db: Db, held: readonly HeldClaim[]): Promise<HeldClaim[]> {
  if (held.length === 0) return [];
  const rows = await db
    .select({ id: tasks.id, claim: tasks.claim })
    .from(tasks)
    .where(
      and(
        inArray(
          tasks.id,
          held.map((task) => task.taskId),
        ),
        eq(tasks.status, "in_progress"),
      ),
    );
  const current = new Map(rows.map((row) => [row.id, row.claim]));
  return held.filter((task) => current.get(task.taskId) !== task.claim);
}

/** Held tasks past their deadline by `graceMs`: their worker lives, and did not stop them. */
export async function listOverdueTasks(db: Db, graceMs: number): Promise<Task[]> {
  return db
    .select()
    .from(tasks)
    .where(
      and(
        tasks.open,
        eq(tasks.status, "in_progress"),
        sql`${tasks.deadlineAt} < now() - ${graceMs} * interval '1 millisecond'`,
      ),
    )
    .limit(100);
}

/**
 * Bids that are still open `graceMs` after their time: nobody may have been there to make them. In a run that is paused their
 * time stands still, and begins anew when it goes on.
 */
export async function listLateBids(db: Db, graceMs: number): Promise<{ id: string }[]> {
  return db
    .select({ id: tasks.id })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.runId))
    .where(
      and(
        tasks.open,
        eq(tasks.part, "bid"),
        isNull(runs.pausedAt),
        sql`greatest(${tasks.createdAt}, ${tasks.dispatchedAt}, ${tasks.dueAt}) + (${tasks.timeoutMs} + ${graceMs}) * interval '1 millisecond' < now()`,
      ),
    )
    .limit(100);
}

/** Runs with a waiting task that has no open child: somebody crashed between settling the last child and waking it. */
export async function listForgottenRuns(db: Db): Promise<{ id: string }[]> {
  return db
    .selectDistinct({ id: tasks.runId })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.runId))
    .where(
      and(
        tasks.open,
        eq(tasks.status, "waiting"),
        eq(runs.status, "active"),
        isNull(runs.pausedAt),
        sql`(${tasks.parentId} is not null or ${runs.program} is distinct from 'open')`,
        sql`not exists (select 1 from tasks child where child.open and child.run_id = ${tasks.runId}
          and child.parent_id = ${tasks.id})`,
      ),
    )
    .limit(100);
}

/**
 * Due tasks for which no entry was published since they became due, or none within the last `quietMs`; `isSilent` when
 * the last one was published more than `silentMs` ago. The longest due first, at most 1,000.
 */
export async function listUnrungTasks(
  db: Db,
  { quietMs, silentMs }: { quietMs: number; silentMs: number },
): Promise<(Task & { isSilent: boolean })[]> {
  const isSilent = sql<boolean>`coalesce(${tasks.rungAt} < ${ago(silentMs)}, false)`;
  return db
    .select({ ...getTableColumns(tasks), isSilent })
    .from(tasks)
    .where(
      and(
        tasks.open,
        eq(tasks.status, "pending"),
        sql`${tasks.dispatchedAt} is not null and ${tasks.dueAt} <= now()`,
        wasQuiet(quietMs),
        sql`exists (select 1 from ${runs} where ${runs.id} = ${tasks.runId} and ${runs.status} = 'active'
          and ${runs.pausedAt} is null)`,
      ),
    )
    .orderBy(asc(tasks.dueAt))
    .limit(1_000);
}

/** Tasks of these agents that became due, and were rung if at all, more than `unheardMs` ago; the longest due first. */
export async function listDueTasks(
  db: Db,
  agents: readonly AgentName[],
  unheardMs: number,
): Promise<Pick<Task, "id" | "hash" | "agent">[]> {
  if (agents.length === 0) return [];
  return db
    .select({ id: tasks.id, hash: tasks.hash, agent: tasks.agent })
    .from(tasks)
    .where(
      and(
        tasks.open,
        eq(tasks.status, "pending"),
        inArray(tasks.agent, [...agents]),
        sql`${tasks.dispatchedAt} is not null and ${tasks.dueAt} <= now() and greatest(${tasks.dueAt},
          ${tasks.dispatchedAt}, ${tasks.rungAt}) < ${ago(unheardMs)}`,
        sql`exists (select 1 from ${runs} where ${runs.id} = ${tasks.runId} and ${runs.status} = 'active'
          and ${runs.pausedAt} is null)`,
      ),
    )
    .orderBy(asc(tasks.dueAt))
    .limit(100);
}

/**
 * Of these tasks, those that the caller is to ring now: nobody else has within `quietMs`, nobody is changing them. Waits
 * for no lock, so that it can take part in no deadlock.
 */
export async function markRung(db: Db, taskIds: readonly string[], quietMs: number): Promise<string[]> {
  if (taskIds.length === 0) return [];
  const free = db
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(inArray(tasks.id, [...taskIds]), eq(tasks.status, "pending"), wasQuiet(quietMs)))
    .for("update", { skipLocked: true });
  const marked = await db
    .update(tasks)
    .set({ rungAt: sql`now()` })
    .where(inArray(tasks.id, free))
    .returning({ id: tasks.id });
  return marked.map(({ id }) => id);
}

function wasQuiet(quietMs: number) {
  return sql`(${tasks.rungAt} is null or ${tasks.rungAt} < ${ago(quietMs)})`;
}

function ago(ms: number) {
  return sql`now() - ${ms} * interval '1 millisecond'`;
}
