import { hostname } from "node:os";
import { v7 as uuid } from "uuid";
import type { Agent } from "#/agents/agent.ts";
import { turnRequest } from "#/agents/main/agent.ts";
import { cardOf } from "#/agents/registry.ts";
import { runAgent } from "#/agents/run-agent.ts";
import { every, SECOND, sleep } from "#/lib/clock.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { asDeputyError, messageOf } from "#/lib/errors.ts";
import type { Models } from "#/lib/model/models.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { advanceRun } from "#/lib/run/advance-run.ts";
import { claimTask } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { HeldTasks } from "#/lib/run/held-tasks.ts";
import { keepLease } from "#/lib/run/lease.ts";
import { giveBackForgotten, releaseWorker } from "#/lib/run/release-worker.ts";
import { requireAccepted } from "#/lib/run/require-accepted.ts";
import { completeTask, failTask } from "#/lib/run/settle-task.ts";
import { Slots } from "#/lib/run/slots.ts";
import { LEASE_MS, sweep } from "#/lib/run/sweep.ts";
import { listLostClaims } from "#/lib/store/stray-tasks.ts";
import { registerAgents, registerWorker } from "#/lib/store/workers.ts";
import { cancelChannel } from "#/lib/stream/keys.ts";
import { listen } from "#/lib/stream/listen.ts";
import { type Entry, readEntries } from "#/lib/stream/read.ts";

const MAIN_CONCURRENCY = 32;
const WATCH_EVERY_MS = 1 * SECOND;
const SWEEP_EVERY_MS = 1 * SECOND;
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
 * The worker: reads the streams of all agents, claims, runs, settles. Its process may be killed at any point: what it held
 * is given back when its supervisor reports the exit, or when its lease runs out. When the lease is lost it ends the process
 * itself, for whatever it would write is refused, and a new process begins with a new lease.
 */
export async function startWorker({ context, agents, models, version }: WorkerOptions): Promise<RunningWorker> {
  const { log } = context;
  const { db } = context.store;
  const id = context.env.workerId ?? `${hostname()}-${process.pid}-${uuid().slice(-6)}`;
  const held = new HeldTasks();
  const stopping = new AbortController();
  const names: AgentName[] = ["main", ...agents.map((agent) => agent.type)];

  await registerAgents(db, agents.map(cardOf));
  await registerWorker(db, { id, host: hostname(), pid: process.pid, version, agents: names });
  const lease = keepLease({ databaseUrl: context.env.databaseUrl ?? "", workerId: id, leaseMs: LEASE_MS }, (reason) => {
    log.error({ workerId: id, reason }, "lease lost; stopping");
    process.exit(1);
  });

  async function take(entry: Entry, timeoutMs: number): Promise<void> {
    try {
      const task = await claimTask(context, { taskId: entry.taskId, hash: entry.hash, workerId: id, timeoutMs });
      await entry.ack();
      if (task !== null) await held.run(task, (signal) => work(task, signal));
    } catch (error) {
      // Not acked: it is handed out again when the database is back.
      log.warn({ task: entry.taskId, error: messageOf(error) }, "could not claim");
    }
  }

  async function work(task: ClaimedTask, signal: AbortSignal): Promise<void> {
    try {
      if (task.agent === "main")
        return await advanceRun(context, task, { main: { request: turnRequest }, models, signal });
      const agent = agents.find(({ type }) => type === task.agent);
      if (agent === undefined) return;
      await requireAccepted(context, task);
      const search = (query: string, limit: number) => searchPassages(context, query, limit);
      await completeTask(context, task, await runAgent(context, task, { agent, models, search, signal }));
    } catch (thrown) {
      const error = asDeputyError(thrown, "unexpected", true);
      if (error.code === "claim-lost") return;
      log.warn({ task: task.id, agent: task.agent, code: error.code, error: error.message }, "attempt failed");
      // When not even this can be written, the task stands in this worker's name and in nobody's hands: see watchHeld.
      await failTask(context, task, error).catch((lost) =>
        log.error({ error: messageOf(lost) }, "outcome not written"),
      );
    }
  }

  /** Apart from the reconciler, which may have to wait: a cancelled task is to be dropped within two seconds. */
  async function watchHeld(): Promise<void> {
    try {
      lease.report(held.size);
      for (const lost of await listLostClaims(db, held.list()))
        held.dropTask(lost, "The task was cancelled or given to another.");
      await giveBackForgotten(context, id, held.list());
    } catch (error) {
      log.warn({ error: messageOf(error) }, "could not look after the held tasks; trying again");
    }
  }

  async function reconcile(): Promise<void> {
    try {
      await sweep(context);
    } catch (error) {
      log.warn({ error: messageOf(error) }, "could not reconcile; trying again");
    }
  }

  function read(agent: AgentName, concurrency: number, agentTimeoutMs: number): Promise<void> {
    const slots = new Slots(concurrency);
    const timeoutMs = agentTimeoutMs || context.env.budgets.runMs;
    return readEntries(context.doorbell, {
      agent,
      consumer: id,
      room: () => slots.free,
      untilRoom: () => slots.untilFree(stopping.signal),
      take: (entry) => slots.use(() => take(entry, timeoutMs)),
      signal: stopping.signal,
    });
  }

  const stopTimers = [every(WATCH_EVERY_MS, watchHeld), every(SWEEP_EVERY_MS, reconcile)];
  const stopListening = listen(context.doorbell, cancelChannel(context.env.prefix), (runId) => {
    held.dropRun(runId, "The run was cancelled.");
  });
  const readers = [
    read("main", MAIN_CONCURRENCY, 0),
    ...agents.map((agent) => read(agent.type, agent.concurrency, agent.timeoutMs)),
  ];
  log.info({ workerId: id, agents: names, offline: models.offline }, "worker ready");

  async function stop(): Promise<void> {
    log.info({ workerId: id, held: held.size }, "stopping");
    stopping.abort();
    stopListening();
    await Promise.race([Promise.all([...readers, held.idle()]), sleep(DRAIN_MS)]);
    for (const stopTimer of stopTimers) stopTimer();
    held.dropAll("The worker is stopping.");
    await lease.stop();
    await releaseWorker(context, id).catch((error) => log.warn({ error: messageOf(error) }, "not released"));
  }

  return { id, stop };
}
