import { z } from "zod";
import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import type { Bench, Stage, Values } from "#/test/bench/harness/bench.ts";
import { withMembers } from "#/test/bench/harness/measure.ts";
import { type Member, startMember } from "#/test/bench/harness/member.ts";
import { startWeb } from "#/test/bench/harness/next-server.ts";
import { cpuMs, memoryOf } from "#/test/bench/harness/process-tree.ts";
import { socketPath } from "#/test/bench/harness/socket.ts";
import { freshSettings } from "#/test/bench/ours/settings.ts";
import { startWatchedRun } from "#/test/bench/ours/watched-run.ts";

const VIEWERS = 1_000;
const RATE = 50;
/** For the viewers to come, before anything is counted. */
const ARRIVAL_SECONDS = 30;

const Counted = z.object({ beatsPerSecond: z.number(), delivered: z.number(), p50: z.number(), p99: z.number() });

export const viewers: Bench = {
  name: "viewers",
  title: `${VIEWERS.toLocaleString("en-US")} viewers of one run that grows by ${RATE} events a second, all at one web process`,
  figures: [
    { key: "delivered", label: "delivered, share", unit: "", goal: { atLeast: 1, of: "is" } },
    { key: "p50", label: "lag p50, from the agent's saying it", unit: "ms" },
    { key: "p99", label: "lag p99", unit: "ms", goal: { atMost: 150, of: "is" } },
    { key: "memory", label: "web process, resident", unit: "MB", goal: { atMost: 200, of: "is" } },
    { key: "cpu", label: "web process, share of a core", unit: "" },
    { key: "rate", label: "events a second that each viewer was sent", unit: "" },
  ],
  notes: [
    "Deputy: a production build of the whole product; an agent tells its progress, each event is committed in Postgres and then sent to all who follow the run.",
    "The peer: a bare HTTP server in which each viewer has a Redis connection with a blocking XREAD; its events are only added to a stream.",
    "All viewers are one process of their own on the same machine: it competes for the cores with what is measured.",
  ],
  ours: { name: "Deputy", round: ours },
  peer: { name: "connection per viewer", round: connectionPerViewer },
};

async function ours(stage: Stage): Promise<Values> {
  const env = await freshSettings(stage.servers);
  return withMembers([() => startMember("worker.ts", { env, nodeFlags }), startClient], async ([, client]) => {
    const web = await startWeb(env);
    try {
      const url = await startWatchedRun(web.url, RATE, ARRIVAL_SECONDS + stage.seconds + 10);
      return await watch(stage, client, url, web.pid);
    } finally {
      await web.stop();
    }
  });
}

async function connectionPerViewer(stage: Stage): Promise<Values> {
  const path = socketPath(stage.servers.redis.url);
  const starts = [
    () => startMember("peers/stream-per-viewer.ts", { args: [path] }),
    () => startMember("peers/beat.ts", { args: [path, String(RATE)] }),
    startClient,
  ];
  return withMembers(starts, async ([server, , client]) => {
    const url = (await server?.ask("url", {}, z.string())) ?? "";
    return watch(stage, client, url, server?.pid ?? 0);
  });
}

const startClient = () => startMember("harness/viewers-client.ts");

async function watch({ seconds }: Stage, client: Member | undefined, url: string, pid: number): Promise<Values> {
  if (client === undefined) throw new Error("nobody to watch");
  await client.ask("watch", { url, viewers: VIEWERS }, z.number());
  await client.ask("count", { seconds: 2 }, z.unknown());
  const before = cpuMs([pid]);
  const startedAt = performance.now();
  const { beatsPerSecond, ...told } = await client.ask("count", { seconds }, Counted);
  const share = (cpuMs([pid]) - before) / (performance.now() - startedAt);
  return { ...told, rate: beatsPerSecond * told.delivered, cpu: share, memory: memoryOf([pid]).rssMb };
}
