import { openOrchestrator } from "#/lib/orchestrator.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
import { stopFollowing } from "#/lib/run/follow-run.ts";
import { closedLoop } from "#/test/bench/harness/closed-loop.ts";
import { GraphLoad, type Node, nodesOf } from "#/test/bench/harness/graph-shapes.ts";
import { serve } from "#/test/bench/harness/serve.ts";

/** Gives a whole graph of tasks at once and waits for the run's end. */
const context = openContext();
const orchestrator = openOrchestrator(context);

async function runGraph(nodes: readonly Node[]): Promise<void> {
  const run = await orchestrator.open({ title: "Benchmark" });
  const handles = await run.graph(nodes.map((node) => ({ agent: "knowledge", task: `Task ${node.ref}`, ...node })));
  const [results] = await Promise.all([Promise.all(handles.map((handle) => handle.result())), run.close()]);
  const isWhole = results.every(({ text }, at) => text === `Task ${nodes[at]?.ref}`);
  if (!isWhole) throw new Error("a graph is not whole");
}

const load = (question: unknown) => {
  const given = GraphLoad.parse(question);
  return closedLoop(given, () => runGraph(nodesOf(given.shape)));
};

serve({ load }, async () => {
  stopFollowing(context);
  await closeContext(context);
});
