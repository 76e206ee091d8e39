import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import type { Bench, Stage, Values } from "#/test/bench/harness/bench.ts";
import { Timed } from "#/test/bench/harness/closed-loop.ts";
import { shapes } from "#/test/bench/harness/graph-shapes.ts";
import { withMembers } from "#/test/bench/harness/measure.ts";
import { type Member, startMember } from "#/test/bench/harness/member.ts";
import { freshSettings } from "#/test/bench/ours/settings.ts";

export const graph: Bench = {
  name: "graph",
  title: "100 tasks as one graph: a chain, a fan, a row of diamonds; each task knows the results it depends on",
  figures: shapes.map(({ name }) => ({ key: name, label: name, unit: "ms", goal: { atMost: 1 / 4, of: "times" } })),
  notes: [
    "Deputy: `orchestrator.graph`, the tasks done by a worker process; LangGraph: a graph with a node a task and PostgresSaver, default durability, in one process.",
    "At most 100 tasks live at once (DEPUTY_MAX_LIVE_TASKS); LangGraph has no such limit. Tasks give back their words at once. p50 of one graph at a time.",
  ],
  ours: { name: "Deputy", round: ours },
  peer: { name: "LangGraph", round: langGraph },
};

async function ours(stage: Stage): Promise<Values> {
  const env = { ...(await freshSettings(stage.servers)), DEPUTY_MAX_LIVE_TASKS: "100" };
  const starts = [
    () => startMember("worker.ts", { env, nodeFlags }),
    () => startMember("ours/graph-requester.ts", { env }),
  ];
  return withMembers(starts, (members) => graphsOf(stage, members.at(-1)));
}

async function langGraph(stage: Stage): Promise<Values> {
  const args = [await stage.servers.database("empty")];
  const start = () => startMember("peers/langgraph-graph.ts", { args });
  return withMembers([start], (members) => graphsOf(stage, members.at(-1)));
}

async function graphsOf({ seconds }: Stage, requester: Member | undefined): Promise<Values> {
  const values: Record<string, number> = {};
  for (const { name } of shapes) {
    const load = { shape: name, outstanding: 1, seconds: Math.ceil(seconds / 2) };
    await requester?.ask("load", { ...load, seconds: 1 }, Timed);
    const timed = await requester?.ask("load", load, Timed);
    values[name] = timed?.p50 ?? Number.NaN;
  }
  return values;
}
