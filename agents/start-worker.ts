import { hostname } from "node:os";
import { v7 as uuid } from "uuid";
import type { Agent } from "#/agents/agent.ts";
import { openAgentBreakers } from "#/agents/agent-breakers.ts";
import { openDesks } from "#/agents/desks.ts";
import { startDuties } from "#/agents/duties.ts";
import { cardOf } from "#/agents/registry.ts";
import { TaskLoop } from "#/agents/task-loop.ts";
import { SECOND, sleep } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import type { Models } from "#/lib/model/models.ts";
import type { Context } from "#/lib/run/context.ts";
import { HeldTasks } from "#/lib/run/held-tasks.ts";
import { keepLease } from "#/lib/run/lease.ts";
import { Refusals } from "#/lib/run/refusals.ts";
import { releaseWorker } from "#/lib/run/release-worker.ts";
import { Settings } from "#/lib/run/turn-input.ts";
import { registerAgents, registerWorker } from "#/lib/store/workers.ts";
import { checkRedis } from "#/lib/stream/check-redis.ts";

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
 * The worker: registers, keeps its lease, does tasks (task-loop.ts) and what is to be done beside them (duties.ts). Its process
 * may be killed at any point: what it held is given back when its supervisor reports the exit, or when its lease runs out. When
 * the lease is lost it ends the process itself, for whatever it would write is refused, and a new process begins with a new
 * lease.
 */
export async function startWorker({ context, agents, models, version }: WorkerOptions): Promise<RunningWorker> {
  const { log, env } = context;
  const workerId = env.workerId ?? `${hostname()}-${process.pid}-${uuid().slice(-6)}`;
  const desks = openDesks(agents, env.budgets.runMs);
  const held = new HeldTasks();
  const parts = { context, workerId, desks, held, refusals: new Refusals(context) };
  const trade = { agents, models, breakers: openAgentBreakers(env.breaker), settings: new Settings() };
  const stopping = new AbortController();

  await requireUsableRedis(context);
  await register(context, { id: workerId, agents, version });
  const lease = keepLease({ databaseUrl: env.databaseUrl ?? "", workerId }, (reason) => {
    log.error({ workerId, reason }, "lease lost; stopping");
    process.exit(1);
  });
  const loop = new TaskLoop({ ...parts, trade }, stopping.signal);
  const stopDuties = startDuties({ ...parts, lease, loop });
  const looping = loop.run();
  log.info({ workerId, agents: desks.map(({ agent }) => agent), offline: models.offline }, "worker ready");

  async function stop(): Promise<void> {
    log.info({ workerId, held: held.size }, "stopping");
    stopping.abort();
    // Behind the loop: what it was still claiming, or was handed over, is held by then.
    await Promise.race([looping.then(() => held.idle()), sleep(DRAIN_MS)]);
    stopDuties();
    held.dropAll("The worker is stopping.");
    await lease.stop();
    await releaseWorker(context, workerId).catch((error) => log.warn({ error: messageOf(error) }, "not released"));
  }

  return { id: workerId, stop };
}

async function register(
  { store }: Context,
  { id, agents, version }: { id: string; agents: readonly Agent[]; version: string },
): Promise<void> {
  await registerAgents(store.db, agents.map(cardOf));
  const types = agents.map(({ type }) => type);
  await registerWorker(store.db, { id, host: hostname(), pid: process.pid, version, agents: ["main", ...types] });
}

/** A Redis that may drop what waits in it is refused; one that is away is waited for. */
async function requireUsableRedis({ doorbell, log }: Context): Promise<void> {
  const check = await checkRedis(doorbell);
  if (!check.ok) throw new DeputyError("no-redis", `The Redis of REDIS_URL cannot be used: ${check.reason}`);
  if (check.note !== undefined) log.warn({ note: check.note }, "Redis");
}
