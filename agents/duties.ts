import type { TaskLoop } from "#/agents/task-loop.ts";
import type { WorkerParts } from "#/agents/worker-parts.ts";
import { after, every, SECOND, ticks } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Lease } from "#/lib/run/lease.ts";
import { giveBackForgotten, releaseSilentWorkers } from "#/lib/run/release-worker.ts";
import { sweep } from "#/lib/run/sweep.ts";
import { endSilentTransactions } from "#/lib/store/silent-transactions.ts";
import { listDueTasks, listLostClaims } from "#/lib/store/stray-tasks.ts";
import { cancelChannel } from "#/lib/stream/keys.ts";
import { listen } from "#/lib/stream/listen.ts";

const WATCH_EVERY_MS = 1 * SECOND;
const SWEEP_EVERY_MS = 1 * SECOND;
const RELEASE_EVERY_MS = 250;
const POLL_EVERY_MS = 500;
/** A task that was rung this long ago and that nobody took, though there was room: Redis does not deliver. */
const UNHEARD_MS = 1 * SECOND;
const UNLOCK_EVERY_MS = 500;
/** No client lets a transaction lie for so long: its statements are sent in two goes. */
const SILENT_TRANSACTION_MS = 1_200;
const STUCK_MS = 30 * SECOND;

type DutyParts = WorkerParts & { readonly lease: Lease; readonly loop: TaskLoop };

/** What a worker does again and again beside its tasks, for itself and for the others; returns how to stop. */
export function startDuties(parts: DutyParts): () => void {
  const { context, workerId, held, refusals, lease } = parts;
  const { db } = context.store;
  const repeated = (ms: number, what: string, duty: () => Promise<unknown>) =>
    every(ms, () => perform(parts, what, duty));
  const stops = [
    every(WATCH_EVERY_MS, () => lease.report(held.size)),
    repeated(WATCH_EVERY_MS, "look after the held tasks", () => dropLost(parts)),
    repeated(WATCH_EVERY_MS, "give back forgotten tasks", () =>
      giveBackForgotten(context, workerId, () => held.list()),
    ),
    repeated(WATCH_EVERY_MS, "count refused entries", () => refusals.save()),
    repeated(RELEASE_EVERY_MS, "release silent workers", silenceJudge(context)),
    // Not a part of the reconciler, which waits for the very locks that are given up here.
    repeated(UNLOCK_EVERY_MS, "end silent transactions", () => endSilentTransactions(db, SILENT_TRANSACTION_MS)),
    repeated(SWEEP_EVERY_MS, "reconcile", () => sweep(context)),
    repeated(POLL_EVERY_MS, "poll", () => poll(parts)),
    // A cancelled task is to be dropped within two seconds; a hint makes it sooner.
    listen(context.doorbell, cancelChannel(context.env.prefix), () => {
      dropLost(parts).catch((error) => sayCouldNot(parts, "look after the held tasks", error));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Each time has a deadline: a driver that lost a query would keep it for ever, and only a new process helps then. */
async function perform(parts: DutyParts, what: string, duty: () => Promise<unknown>): Promise<void> {
  const stopWaiting = after(STUCK_MS, () => {
    const { context, workerId } = parts;
    const silence = `the database has not answered for ${STUCK_MS / SECOND} s`;
    context.log.fatal({ workerId }, `${silence}: could not ${what}; stopping`);
    process.exit(1);
  });
  try {
    await duty();
  } catch (error) {
    sayCouldNot(parts, what, error);
  } finally {
    stopWaiting();
  }
}

function sayCouldNot({ context }: DutyParts, what: string, error: unknown): void {
  context.log.warn({ error: messageOf(error) }, `could not ${what}`);
}

async function dropLost({ context, held }: DutyParts): Promise<void> {
  for (const lost of await listLostClaims(context.store.db, held.list()))
    held.dropClaim(lost, "The task was cancelled or given to another.");
}

function silenceJudge(context: Context): () => Promise<void> {
  let judgedAt = ticks();
  return () => {
    const sinceLastMs = ticks() - judgedAt;
    judgedAt = ticks();
    return releaseSilentWorkers(context, sinceLastMs);
  };
}

async function poll({ context, desks, loop }: DutyParts): Promise<void> {
  const free = desks.filter(({ slots }) => slots.free > 0).map(({ agent }) => agent);
  for (const task of await listDueTasks(context.store.db, free, UNHEARD_MS)) loop.takeUnheard(task.agent, task);
}
