import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import type { Bench, Stage, Values } from "#/test/bench/harness/bench.ts";
import { deltasPerAnswer } from "#/test/bench/harness/deltas-script.ts";
import { measure, type Parts, withMembers } from "#/test/bench/harness/measure.ts";
import { startMember } from "#/test/bench/harness/member.ts";
import { buildPeer, startNext, startWeb } from "#/test/bench/harness/next-server.ts";
import { freshSettings } from "#/test/bench/ours/settings.ts";

const TOGETHER = 4;
const perAnswer = deltasPerAnswer.toLocaleString("en-US");
let peerFolder = "";

export const deltas: Bench = {
  name: "deltas",
  title: `Answers of ${perAnswer} text deltas through POST /api/chat, ${TOGETHER} at a time`,
  figures: [
    { key: "perSecond", label: "deltas a second", unit: "", goal: { atLeast: 4, of: "times" } },
    { key: "cpu", label: "CPU a delta, servers only", unit: "µs", goal: { atMost: 1 / 4, of: "times" } },
    { key: "web", label: "  of which web", unit: "µs" },
    { key: "worker", label: "  of which the worker", unit: "µs" },
    { key: "redis", label: "  of which Redis", unit: "µs" },
    { key: "postgres", label: "  of which Postgres", unit: "µs" },
    { key: "answer", label: "an answer, p50", unit: "ms" },
  ],
  notes: [
    "Both are production builds of Next; both models are the same mock of the AI SDK's model interface in the process that asks: no HTTP to a provider is measured. The route reads it through streamText, Deputy through its own reader with breaker and watchdog.",
    "Deputy: web, worker, Postgres and Redis together; every answer is parsed, gated, kept in the run's log and sent from there. The peer: the route of the AI SDK's getting-started page, which keeps nothing.",
    "Deputy sends several of the model's deltas as one; the whole text of every answer is compared. The client is a process of its own whose CPU is not counted.",
  ],
  async prepare(say) {
    say("building the peer's application");
    peerFolder = await buildPeer("peers/stream-text-app");
  },
  ours: { name: "Deputy", round: ours },
  peer: { name: "streamText route", round: streamTextRoute },
};

async function ours(stage: Stage): Promise<Values> {
  const { servers } = stage;
  const env = await freshSettings(servers);
  return withMembers([() => startMember("worker.ts", { env, nodeFlags })], async ([worker]) => {
    const web = await startWeb(env);
    const others = { worker: worker?.pid ?? 0, redis: servers.redis.pid, postgres: servers.postgres.pid };
    return answersOf(stage, web, { web: web.pid, ...others });
  });
}

async function streamTextRoute(stage: Stage): Promise<Values> {
  const server = await startNext(peerFolder);
  return answersOf(stage, server, { web: server.pid });
}

type Server = Awaited<ReturnType<typeof startNext>>;

async function answersOf({ seconds }: Stage, server: Server, parts: Parts): Promise<Values> {
  try {
    const start = () => startMember("harness/chat-client.ts", { args: [server.url] });
    return await withMembers([start], async ([client]) => {
      if (client === undefined) throw new Error("nobody to ask");
      await measure(client, { outstanding: TOGETHER, seconds: Math.min(3, seconds) }, parts);
      const { perSecond, cpuMicrosPerCall, cpuOf, p50 } = await measure(
        client,
        { outstanding: TOGETHER, seconds },
        parts,
      );
      const parted = Object.entries(cpuOf).map(([name, micros]) => [name, micros / deltasPerAnswer]);
      const cpu = cpuMicrosPerCall / deltasPerAnswer;
      return { perSecond: perSecond * deltasPerAnswer, cpu, ...Object.fromEntries(parted), answer: p50 };
    });
  } finally {
    await server.stop();
  }
}
