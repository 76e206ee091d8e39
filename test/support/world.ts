import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { parseEnv } from "#/lib/env.ts";
import { ensureBundled, entryIn } from "#/lib/launch/bundle.ts";
import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import { type Context, closeContext, openContext } from "#/lib/run/context.ts";
import { stopFollowing } from "#/lib/run/follow-run.ts";
import { startRun } from "#/lib/run/start-run.ts";
import { readEvents } from "#/lib/store/events.ts";
import { listRegisteredAgents, registerAgents } from "#/lib/store/workers.ts";
import { freshDatabase } from "#/test/support/database.ts";
import { freshPrefix } from "#/test/support/redis.ts";
import { until } from "#/test/support/until.ts";

export type WorkerProcess = {
  readonly child: ChildProcess;
  readonly id: string;
  kill(signal?: NodeJS.Signals): Promise<void>;
};

/** A database, a part of Redis and a context of their own for one test file, and real worker processes on demand. */
export type World = {
  readonly context: Context;
  readonly workers: readonly WorkerProcess[];
  startWorker(settings?: Record<string, string>): Promise<WorkerProcess>;
  /** Starts a run for a new message of a new conversation. */
  ask(text: string, conversationId?: string): Promise<string>;
  events(runId: string): Promise<RunEvent[]>;
  /** The run's events once its last one is there. */
  ended(runId: string, timeoutMs?: number): Promise<RunEvent[]>;
  close(): Promise<void>;
};

export async function openWorld(settings: Record<string, string> = {}): Promise<World> {
  const database = await freshDatabase();
  const { url: redisUrl, prefix, cleanup } = freshPrefix();
  const environment = {
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    DEPUTY_PREFIX: prefix,
    DEPUTY_LOG: "silent",
    DEPUTY_RETRY_SECONDS: "0.05,0.1,0.2",
    // A worker here has no supervisor: one that loses its lease on a busy machine would not be started again.
    DEPUTY_LEASE_SECONDS: "10",
    ...settings,
  };
  const context = openContext(parseEnv(environment));
  const workers: WorkerProcess[] = [];
  const events = (runId: string) => readEvents(context.store.db, runId);

  return {
    context,
    workers,
    events,
    async startWorker(more = {}) {
      const id = `worker-${randomUUID().slice(0, 8)}`;
      const entry = entryIn(await ensureBundled(), "worker");
      const child = spawn(process.execPath, [...nodeFlags, entry], {
        env: { ...process.env, NODE_ENV: "test", ...environment, DEPUTY_WORKER_ID: id, ...more },
        stdio: ["ignore", "inherit", "inherit"],
      });
      const worker: WorkerProcess = { child, id, kill: (signal) => killAndWait(child, signal) };
      workers.push(worker);
      await until(async () => (await listRegisteredAgents(context.store.db)).length > 0, {
        what: "the worker to register",
        timeoutMs: 20_000,
      });
      return worker;
    },
    async ask(text, conversationId = randomUUID()) {
      const messageId = randomUUID();
      return (await startRun(context, { conversationId, messageId, text, again: false })).runId;
    },
    ended: (runId, timeoutMs = 20_000) =>
      until(
        async () => {
          const found = await events(runId);
          return found.some((event) => isEnd(event.type)) ? found : null;
        },
        { what: `run ${runId} to end`, timeoutMs },
      ),
    async close() {
      await Promise.all(workers.map((worker) => worker.kill("SIGKILL")));
      stopFollowing(context);
      await closeContext(context);
      await database.drop();
      await cleanup();
    },
  };
}

/** Catalogue entries as a worker writes them, for tests that play the worker themselves. */
export async function registerTestAgents(context: Context): Promise<void> {
  const card = (type: "knowledge" | "planner" | "browser") => ({
    type,
    name: type,
    description: type,
    timeoutMs: 60_000,
    capabilities: [],
  });
  await registerAgents(context.store.db, [card("knowledge"), card("planner"), card("browser")]);
}

export function typesOf(events: readonly RunEvent[]): string[] {
  return events.map((event) => event.type);
}

async function killAndWait(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
