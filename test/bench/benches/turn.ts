import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import type { Bench, Stage, Values } from "#/test/bench/harness/bench.ts";
import { measure, withMembers } from "#/test/bench/harness/measure.ts";
import { type Member, startMember } from "#/test/bench/harness/member.ts";
import { freshSettings } from "#/test/bench/ours/settings.ts";

const TOGETHER = 20;

export const turn: Bench = {
  name: "turn",
  title: "A turn that plans, delegates three subtasks and aggregates their results, with models that answer at once",
  figures: [
    { key: "p50", label: "a turn, 1 at a time, p50", unit: "ms", goal: { atMost: 1 / 3, of: "times" } },
    { key: "p95", label: "a turn, 1 at a time, p95", unit: "ms" },
    { key: "perSecond", label: `turns a second, ${TOGETHER} at a time`, unit: "", goal: { atLeast: 8, of: "times" } },
    { key: "cpu", label: "CPU a turn, all processes and servers", unit: "ms" },
    { key: "requester", label: "  of which the requester (LangGraph: all of it)", unit: "ms" },
    { key: "worker", label: "  of which the worker", unit: "ms" },
    { key: "redis", label: "  of which Redis", unit: "ms" },
    { key: "postgres", label: "  of which Postgres", unit: "ms" },
  ],
  notes: [
    "Deputy: the message is sent in one process, the run advances in another, its three tasks cross Redis and are settled in Postgres; a turn ends when its last event has been read back.",
    "LangGraph: one process, a graph with PostgresSaver and the default (asynchronous) durability; each sub-agent is a graph of one model call that inherits the checkpointer.",
    "Each turn is checked to hold all three results and the answer. Deputy keeps messages, tasks, results and events, LangGraph the whole state a step: less work is part of the design.",
  ],
  ours: { name: "Deputy", round: ours },
  peer: { name: "LangGraph", round: langGraph },
};

async function ours(stage: Stage): Promise<Values> {
  const env = await freshSettings(stage.servers);
  const starts = [
    () => startMember("worker.ts", { env, nodeFlags }),
    () => startMember("ours/turn-requester.ts", { env }),
  ];
  return withMembers(starts, (members) => turnsOf(stage, members));
}

async function langGraph(stage: Stage): Promise<Values> {
  const args = [await stage.servers.database("empty")];
  return withMembers([() => startMember("peers/langgraph-turn.ts", { args })], (members) => turnsOf(stage, members));
}

async function turnsOf({ servers, seconds }: Stage, members: readonly Member[]): Promise<Values> {
  const requester = members.at(-1);
  const worker = members.length > 1 ? members[0] : undefined;
  if (requester === undefined) throw new Error("nobody to ask");
  const parts = {
    requester: requester.pid,
    ...(worker && { worker: worker.pid }),
    postgres: servers.postgres.pid,
    ...(worker && { redis: servers.redis.pid }),
  };
  await measure(requester, { outstanding: TOGETHER, seconds: Math.min(2, seconds) }, parts);
  const alone = await measure(requester, { outstanding: 1, seconds }, parts);
  const together = await measure(requester, { outstanding: TOGETHER, seconds }, parts);
  const milliseconds = Object.entries(together.cpuOf).map(([name, micros]) => [name, micros / 1_000]);
  return {
    p50: alone.p50,
    p95: alone.p95,
    perSecond: together.perSecond,
    cpu: together.cpuMicrosPerCall / 1_000,
    ...Object.fromEntries(milliseconds),
  };
}
