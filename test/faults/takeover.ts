import { setTimeout as pause } from "node:timers/promises";
import type { Execution } from "#/test/faults/effects.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { dueTasks, type Standing, standingOf } from "#/test/faults/tables.ts";
import type { WorkerProcess } from "#/test/faults/worker-process.ts";
import { until } from "#/test/support/until.ts";

/** Waits a random moment, then for one of these workers to have something in its hands, and names it. */
export async function busyWorker(stack: Stack, among = stack.workers, longestPauseMs = 500): Promise<WorkerProcess> {
  await pause(stack.random.between(0, longestPauseMs));
  const order = stack.random.chance(0.5) ? [...among] : [...among].reverse();
  return until(() => order.find(({ id }) => stack.effects.heldBy(id).length > 0), { what: "a busy worker" });
}

/**
 * For each execution that was lost with its worker: the time from `lostAt` until the same task, or the next turn of the same
 * run, began somewhere else. Those of runs that ended without are left out: their outcome had just been stored.
 */
export async function takeovers(stack: Stack, lost: readonly Execution[], lostAt: number): Promise<number[]> {
  const found = await Promise.all(
    lost.map((execution) =>
      until(() => takeover(stack, execution, lostAt), {
        what: `${execution.kind} ${execution.of} of ${execution.nonce} to begin again`,
        timeoutMs: 40_000,
      }),
    ),
  );
  return found.filter((milliseconds) => milliseconds !== "settled");
}

function takeover(stack: Stack, lost: Execution, lostAt: number): number | "settled" | null {
  // A turn of which nothing was committed may be taken again; any other is followed by the next.
  const begun =
    lost.kind === "task"
      ? stack.effects.of("task", lost.nonce, lost.of)
      : [lost.of, String(Number(lost.of) + 1)].flatMap((turn) => stack.effects.of("model", lost.nonce, turn));
  const next = begun.find(({ beganAt, worker }) => beganAt >= lostAt && worker !== lost.worker);
  if (next) return next.beganAt - lostAt;
  const asked = stack.ledger.find(({ order }) => order.nonce === lost.nonce);
  return asked?.endedAt === undefined ? null : "settled";
}

/** The time from `since` until the first task that any agent ended after it. */
export async function untilWorkFlows(stack: Stack, since: number): Promise<number> {
  const ended = await until(
    () => {
      const times = stack.effects.read().flatMap(({ kind, endedAt }) => (kind === "task" && endedAt ? [endedAt] : []));
      const later = times.filter((at) => at >= since);
      return later.length > 0 ? Math.min(...later) : null;
    },
    { what: "work to flow", timeoutMs: 60_000 },
  );
  return ended - since;
}

/** The time from `since` until everything that is due now has been claimed. */
export async function untilDueIsClaimed(stack: Stack, since: number): Promise<number> {
  return untilReclaimed(stack, await dueTasks(stack), since);
}

/** The time from `since` until each of these tasks has been claimed once more, or is settled. */
export async function untilReclaimed(stack: Stack, before: readonly Standing[], since: number): Promise<number> {
  const claims = new Map(before.map(({ id, claim }) => [id, claim]));
  const isOpen = ({ id, claim, status }: Standing) =>
    claim <= (claims.get(id) ?? 0) && ["pending", "in_progress"].includes(status);
  const waitingFor = async () => (await standingOf(stack, [...claims.keys()])).filter(isOpen);
  await until(async () => (await waitingFor()).length === 0, {
    what: `${before.length} tasks to be claimed`,
    timeoutMs: 60_000,
  });
  return Date.now() - since;
}
