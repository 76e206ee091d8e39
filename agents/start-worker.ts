import { hostname } from "node:os";
import { v7 as uuid } from "uuid";
import type { Agent } from "#/agents/agent.ts";
import { openAgentBreakers } from "#/agents/agent-breakers.ts";
import { cardOf } from "#/agents/registry.ts";
import { workOn } from "#/agents/work-on.ts";
import { after, every, SECOND, sleep, ticks } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import type { Models } from "#/lib/model/models.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import { claimedByHand } from "#/lib/run/claim-by-hand.ts";
import { isSuspect, type NotTaken, openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import type { Handed } from "#/lib/run/hand-over.ts";
import { HeldTasks } from "#/lib/run/held-tasks.ts";
import { keepLease } from "#/lib/run/lease.ts";
import { Refusals } from "#/lib/run/refusals.ts";
import { giveBackForgotten, releaseSilentWorkers, releaseWorker } from "#/lib/run/release-worker.ts";
import { Slots } from "#/lib/run/slots.ts";
import { sweep } from "#/lib/run/sweep.ts";
import { Settings } from "#/lib/run/turn-input.ts";
import { endSilentTransactions } from "#/lib/store/silent-transactions.ts";
import { listDueTasks, listLostClaims } from "#/lib/store/stray-tasks.ts";
import { registerAgents, registerWorker } from "#/lib/store/workers.ts";
import { checkRedis } from "#/lib/stream/check-redis.ts";
import type { Entry, Kind } from "#/lib/stream/desk.ts";
import { cancelChannel } from "#/lib/stream/keys.ts";
import { listen } from "#/lib/stream/listen.ts";
import { readEntries } from "#/lib/stream/read.ts";

const MAIN_CONCURRENCY = 32;
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
const TELL_AFTER_MS = 50;
const DRAIN_MS = 20 * SECOND;

export type WorkerOptions = {
  readonly context: Context;
  readonly agents: readonly Agent[];
  readonly models: Models;
  readonly version: string;
};

export type RunningWorker = {
  readonly id: string;
  /** Stops claiming, finishes what is held for up to 20 s, hands back the rest, and gives up the lease. */
  stop(): Promise<void>;
};

/**
 * The worker: hears of tasks by the streams of all its agents, claims, runs, settles. Its process may be killed at any
 * point: what it held is given back when its supervisor reports the exit, or when its lease runs out. When the lease is lost
 * it ends the process itself, for whatever it would write is refused, and a new process begins with a new lease.
 */
export async function startWorker({ context, agents, models, version }: WorkerOptions): Promise<RunningWorker> {
  const { log } = context;
  const { db } = context.store;
  const id = context.env.workerId ?? `${hostname()}-${process.pid}-${uuid().slice(-6)}`;
  const breakers = openAgentBreakers(context.env.breaker);
  const trade = { agents, models, breakers, settings: new Settings() };
  const held = new HeldTasks();
  const refusals = new Refusals(context);
  const claims = openClaims(context, id, () => held.some((task) => isSuspect(task, context.env.budgets.attempts)));
  const stopping = new AbortController();
  const desks = [
    { agent: "main" as AgentName, slots: new Slots(MAIN_CONCURRENCY), timeoutMs: context.env.budgets.runMs },
    ...agents.map(({ type, concurrency, timeoutMs }) => ({ agent: type, slots: new Slots(concurrency), timeoutMs })),
  ];
  const names = desks.map(({ agent }) => agent);
  type Desk = (typeof desks)[number];

  await requireUsableRedis(context);
  await registerAgents(db, agents.map(cardOf));
  await registerWorker(db, { id, host: hostname(), pid: process.pid, version, agents: names });
  const lease = keepLease({ databaseUrl: context.env.databaseUrl ?? "", workerId: id }, (reason) => {
    log.error({ workerId: id, reason }, "lease lost; stopping");
    process.exit(1);
  });

  function kindOf(desk: Desk): Kind {
    return {
      agent: desk.agent,
      room: () => desk.slots.free,
      untilRoom: () => desk.slots.untilFree(stopping.signal),
      take: (entry) => void desk.slots.use(() => take(entry, desk)),
    };
  }

  async function take(entry: Entry, { timeoutMs }: Desk): Promise<void> {
    try {
      const { taskId, hash } = entry;
      const task = await claims.claim({ taskId, hash, timeoutMs });
      void entry.ack();
      if (typeof task === "string") noteRefusal(task, taskId);
      else await held.run(task, (signal) => work(task, signal));
    } catch (error) {
      // Not acked: it is handed out again when the database is back.
      log.warn({ task: entry.taskId, error: messageOf(error) }, "could not claim");
    }
  }

  async function work(task: ClaimedTask, signal: AbortSignal): Promise<void> {
    const stopTelling = after(TELL_AFTER_MS, () => tellOf(task));
    const outcome = await workOn(context, task, trade, signal);
    stopTelling();
    if (outcome === "lost") refusals.count("late-outcome", task.id);
  }

  /** A task that says nothing for a while shows that it is under way. */
  function tellOf(task: ClaimedTask): void {
    changeHeldRun(context, task, () => {}).catch((error) => log.debug({ error: messageOf(error) }, "claim not told"));
  }

  /** What this worker makes ready itself, it need not be told of by a stream: it goes on with it at once. */
  const deskOf = (agent: AgentName) => desks.find((desk) => desk.agent === agent);
  context.writer.giveTo({
    workerId: id,
    reserve(agent) {
      const desk = deskOf(agent);
      if (desk === undefined || desk.slots.free <= 0 || stopping.signal.aborted) return null;
      desk.slots.take();
      return desk.timeoutMs;
    },
    release: (agent) => deskOf(agent)?.slots.give(),
    begin: (handed) => void begin(handed).finally(() => deskOf(handed.task.agent)?.slots.give()),
  });

  async function begin(handed: Handed): Promise<void> {
    const task = claimedByHand(handed);
    await held.run(task, (signal) => work(task, signal));
  }

  function noteRefusal(reason: NotTaken, taskId: string): void {
    refusals.count(reason === "not-due" ? "replayed" : reason, taskId);
  }

  /** A cancelled task is to be dropped within two seconds; a hint makes it sooner. */
  async function watchHeld(): Promise<void> {
    for (const lost of await listLostClaims(db, held.list()))
      held.dropClaim(lost, "The task was cancelled or given to another.");
  }

  let judgedAt = ticks();
  function judgeSilence(): Promise<void> {
    const sinceLastMs = ticks() - judgedAt;
    judgedAt = ticks();
    return releaseSilentWorkers(context, sinceLastMs);
  }

  /** Whatever Redis is up to: what is due and unheard of is taken from the record itself. */
  async function poll(): Promise<void> {
    const free = desks.filter(({ slots }) => slots.free > 0);
    for (const task of await listDueTasks(
      db,
      free.map(({ agent }) => agent),
      UNHEARD_MS,
    )) {
      const desk = free.find(({ agent }) => agent === task.agent);
      if (desk === undefined || desk.slots.free <= 0 || held.has(task.id)) continue;
      void desk.slots.use(() => take({ taskId: task.id, hash: task.hash, ack: async () => {} }, desk));
    }
  }

  /** Each has a deadline: a driver that lost a query would keep it for ever, and only a new process helps then. */
  const timely = (what: string, action: () => Promise<unknown>) => {
    const stop = after(STUCK_MS, () => {
      log.fatal(
        { workerId: id },
        `the database has not answered for ${STUCK_MS / SECOND} s: could not ${what}; stopping`,
      );
      process.exit(1);
    });
    return action().finally(stop);
  };
  const repeated = (ms: number, what: string, action: () => Promise<unknown>) =>
    every(ms, () =>
      timely(what, action).then(
        () => undefined,
        (error) => log.warn({ error: messageOf(error) }, `could not ${what}`),
      ),
    );
  const stopTimers = [
    every(WATCH_EVERY_MS, () => lease.report(held.size)),
    repeated(WATCH_EVERY_MS, "look after the held tasks", watchHeld),
    repeated(WATCH_EVERY_MS, "give back forgotten tasks", () => giveBackForgotten(context, id, () => held.list())),
    repeated(WATCH_EVERY_MS, "count refused entries", () => refusals.save()),
    repeated(RELEASE_EVERY_MS, "release silent workers", judgeSilence),
    // Not a part of the reconciler, which waits for the very locks that are given up here.
    repeated(UNLOCK_EVERY_MS, "end silent transactions", () => endSilentTransactions(db, SILENT_TRANSACTION_MS)),
    repeated(SWEEP_EVERY_MS, "reconcile", () => sweep(context)),
    repeated(POLL_EVERY_MS, "poll", poll),
  ];
  const stopListening = listen(context.doorbell, cancelChannel(context.env.prefix), () => {
    watchHeld().catch((error) => log.warn({ error: messageOf(error) }, "could not look after the held tasks"));
  });
  const reader = readEntries(context.doorbell, {
    consumer: id,
    kinds: desks.map(kindOf),
    refused: (reason, entryId) => refusals.count(reason, entryId),
    signal: stopping.signal,
  });
  log.info({ workerId: id, agents: names, offline: models.offline }, "worker ready");

  async function stop(): Promise<void> {
    log.info({ workerId: id, held: held.size }, "stopping");
    stopping.abort();
    context.writer.giveTo(undefined);
    stopListening();
    // Behind the reader: what it was still claiming, or was handed over, is held by then.
    await Promise.race([reader.then(() => held.idle()), sleep(DRAIN_MS)]);
    for (const stopTimer of stopTimers) stopTimer();
    held.dropAll("The worker is stopping.");
    await lease.stop();
    await releaseWorker(context, id).catch((error) => log.warn({ error: messageOf(error) }, "not released"));
  }

  return { id, stop };
}

/** A Redis that may drop what waits in it is refused; one that is away is waited for. */
async function requireUsableRedis({ doorbell, log }: Context): Promise<void> {
  const check = await checkRedis(doorbell);
  if (!check.ok) throw new DeputyError("no-redis", `The Redis of REDIS_URL cannot be used: ${check.reason}`);
  if (check.note !== undefined) log.warn({ note: check.note }, "Redis");
}
