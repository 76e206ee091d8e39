import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { closedLoop } from "#/test/bench/harness/closed-loop.ts";
import { GraphLoad, type Node, nodesOf, shapes } from "#/test/bench/harness/graph-shapes.ts";
import { serve } from "#/test/bench/harness/serve.ts";

/** Graphs of 100 nodes with PostgresSaver and the default durability. Argument: the database. */
const [databaseUrl = ""] = process.argv.slice(2);
const checkpointer = PostgresSaver.fromConnString(databaseUrl);
await checkpointer.setup();

const State = Annotation.Root({
  results: Annotation<Record<string, string>>({ reducer: (all, more) => ({ ...all, ...more }), default: () => ({}) }),
});

function compile(nodes: readonly Node[]) {
  const graph = new StateGraph<typeof State.spec, typeof State.State, typeof State.Update, string>(State);
  for (const { ref } of nodes) graph.addNode(ref, async () => ({ results: { [ref]: `Task ${ref}` } }));
  for (const { ref, dependsOn } of nodes) graph.addEdge(dependsOn.length > 0 ? [...dependsOn] : START, ref);
  for (const { ref } of nodes) if (!nodes.some(({ dependsOn }) => dependsOn.includes(ref))) graph.addEdge(ref, END);
  return graph.compile({ checkpointer });
}

const compiled = new Map<string, ReturnType<typeof compile>>(shapes.map(({ name, nodes }) => [name, compile(nodes)]));
let threads = 0;

async function runGraph(shape: string, nodes: readonly Node[]): Promise<void> {
  threads += 1;
  const config = { configurable: { thread_id: `graph-${threads}` }, recursionLimit: 1_000 };
  const ended = await compiled.get(shape)?.invoke({ results: {} }, config);
  const isWhole = nodes.every(({ ref }) => ended?.results[ref] === `Task ${ref}`);
  if (!isWhole) throw new Error("a graph is not whole");
}

const load = (question: unknown) => {
  const given = GraphLoad.parse(question);
  return closedLoop(given, () => runGraph(given.shape, nodesOf(given.shape)));
};

serve({ load }, () => checkpointer.end());
