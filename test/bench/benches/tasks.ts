import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import type { Bench, Stage, Values } from "#/test/bench/harness/bench.ts";
import { measure, type Parts, withMembers } from "#/test/bench/harness/measure.ts";
import { startMember } from "#/test/bench/harness/member.ts";
import { socketPath } from "#/test/bench/harness/socket.ts";
import { freshSettings } from "#/test/bench/ours/settings.ts";

const TOGETHER = 100;

export const tasks: Bench = {
  name: "tasks",
  title: "Delegating a task of 300 bytes to another process and having its result",
  figures: [
    { key: "perSecond", label: `tasks a second, ${TOGETHER} outstanding`, unit: "", goal: { atLeast: 2, of: "times" } },
    { key: "cpu", label: "CPU a task, all processes and servers", unit: "µs", goal: { atMost: 0.6, of: "times" } },
    { key: "requester", label: "  of which the requester", unit: "µs" },
    { key: "worker", label: "  of which the worker", unit: "µs" },
    { key: "redis", label: "  of which Redis", unit: "µs" },
    { key: "postgres", label: "  of which Postgres", unit: "µs" },
    { key: "p50At1", label: "latency p50, 1 outstanding", unit: "ms", goal: { atMost: 2.5, of: "times" } },
    { key: "p50", label: `latency p50, ${TOGETHER} outstanding`, unit: "ms" },
    { key: "p99", label: `latency p99, ${TOGETHER} outstanding`, unit: "ms", goal: { atMost: 0.6, of: "times" } },
  ],
  notes: [
    "Deputy: a row, a claim, a fencing token, events and one settled result a task, all in Postgres with fsync on; requester and worker are two processes, 20 runs with 5 live tasks each.",
    "BullMQ: Queue, Worker (concurrency 100, a process of its own), QueueEvents and waitUntilFinished, the last 1,000 jobs kept; it keeps nothing in Postgres, whose CPU is therefore not counted for it.",
    "Redis syncs its append-only file every second for both.",
  ],
  ours: { name: "Deputy", round: ours },
  peer: { name: "BullMQ", round: bullmq },
};

async function ours(stage: Stage): Promise<Values> {
  const env = await freshSettings(stage.servers);
  const { postgres, redis } = stage.servers;
  const starts = [
    () => startMember("worker.ts", { env, nodeFlags }),
    () => startMember("ours/tasks-requester.ts", { env }),
  ];
  return tasksOf(stage, starts, { redis: redis.pid, postgres: postgres.pid });
}

async function bullmq(stage: Stage): Promise<Values> {
  const args = [socketPath(stage.servers.redis.url)];
  const starts = ["peers/bullmq-worker.ts", "peers/bullmq-requester.ts"].map(
    (path) => () => startMember(path, { args }),
  );
  return tasksOf(stage, starts, { redis: stage.servers.redis.pid });
}

type Starts = Parameters<typeof withMembers>[0];

function tasksOf({ seconds }: Stage, starts: Starts, servers: Parts): Promise<Values> {
  return withMembers(starts, async ([worker, requester]) => {
    if (worker === undefined || requester === undefined) throw new Error("two processes are needed");
    const parts = { requester: requester.pid, worker: worker.pid, ...servers };
    await measure(requester, { outstanding: TOGETHER, seconds: Math.min(3, seconds) }, parts);
    const together = await measure(requester, { outstanding: TOGETHER, seconds }, parts);
    const alone = await measure(requester, { outstanding: 1, seconds: Math.ceil(seconds / 2) }, parts);
    return {
      perSecond: together.perSecond,
      cpu: together.cpuMicrosPerCall,
      ...together.cpuOf,
      p50At1: alone.p50,
      p50: together.p50,
      p99: together.p99,
    };
  });
}
