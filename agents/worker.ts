import { hostname } from "node:os";
import { v7 as uuid } from "uuid";
import { browser } from "#/agents/browser/agent.ts";
import { turnRequest } from "#/agents/main/agent.ts";
import { agents, cardOf } from "#/agents/registry.ts";
import { runAgent } from "#/agents/run-agent.ts";
import { every, SECOND, sleep } from "#/lib/clock.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { asDeputyError, messageOf } from "#/lib/errors.ts";
import { openModels } from "#/lib/model/open-models.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { advanceRun } from "#/lib/run/advance-run.ts";
import { claimTask } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
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

/**
 * A worker process: reads the streams of all agents, claims, runs, settles. It may be killed at any point: what it held is
 * given back when its supervisor reports the exit, or when its lease runs out. SIGTERM: it stops claiming, finishes what it
 * holds for up to 20 s, and hands back the rest.
 */
const MAIN_CONCURRENCY = 32;
const WATCH_EVERY_MS = 1 * SECOND;
const SWEEP_EVERY_MS = 1 * SECOND;
const DRAIN_MS = 20 * SECOND;

const context = openContext();
const { log } = context;
const models = openModels(context.env.model);
const workerId = context.env.workerId ?? `${hostname()}-${process.pid}-${uuid().slice(-6)}`;
const held = new HeldTasks();
const stopping = new AbortController();
const names: AgentName[] = ["main", ...agents.map((agent) => agent.type)];

const db = context.store.db;
await registerAgents(db, agents.map(cardOf));
await registerWorker(db, { id: workerId, host: hostname(), pid: process.pid, version: "0.1.0", agents: names });

const lease = keepLease({ databaseUrl: context.env.databaseUrl ?? "", workerId, leaseMs: LEASE_MS }, (reason) => {
  // Whatever is written from here on is refused anyway; a new process begins with a new lease.
  log.error({ workerId, reason }, "lease lost; stopping");
  process.exit(1);
});
const stopTimers = [every(WATCH_EVERY_MS, watchHeld), every(SWEEP_EVERY_MS, reconcile)];
const stopListening = listen(context.doorbell, cancelChannel(context.env.prefix), (runId) => {
  held.dropRun(runId, "The run was cancelled.");
});
process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
// The supervisor holds the other end: when it is killed, no worker goes on without it.
process.on("disconnect", () => void stop());

const readers = [
  read("main", MAIN_CONCURRENCY, 0),
  ...agents.map((agent) => read(agent.type, agent.concurrency, agent.timeoutMs)),
];
log.info({ workerId, agents: names, offline: models.offline }, "worker ready");

function read(agent: AgentName, concurrency: number, agentTimeoutMs: number): Promise<void> {
  const slots = new Slots(concurrency);
  const timeoutMs = agentTimeoutMs || context.env.budgets.runMs;
  return readEntries(context.doorbell, {
    agent,
    consumer: workerId,
    room: () => slots.free,
    untilRoom: () => slots.untilFree(stopping.signal),
    take: (entry) => slots.use(() => take(entry, timeoutMs)),
    signal: stopping.signal,
  });
}

async function take(entry: Entry, timeoutMs: number): Promise<void> {
  try {
    const task = await claimTask(context, { taskId: entry.taskId, hash: entry.hash, workerId, timeoutMs });
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
    await failTask(context, task, error).catch((lost) => log.error({ error: messageOf(lost) }, "outcome not written"));
  }
}

/** Apart from the reconciler, which may have to wait: a cancelled task is to be dropped within two seconds. */
async function watchHeld(): Promise<void> {
  try {
    lease.report(held.size);
    for (const id of await listLostClaims(db, held.list()))
      held.dropTask(id, "The task was cancelled or given to another.");
    await giveBackForgotten(context, workerId, held.list());
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

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  log.info({ workerId, held: held.size }, "stopping");
  stopping.abort();
  stopListening();
  await Promise.race([Promise.all([...readers, held.idle()]), sleep(DRAIN_MS)]);
  for (const stopTimer of stopTimers) stopTimer();
  held.dropAll("The worker is stopping.");
  await lease.stop();
  await releaseWorker(context, workerId).catch((error) => log.warn({ error: messageOf(error) }, "not released"));
  await Promise.allSettled([browser.close(), closeContext(context)]);
  process.exit(0);
}
