import { HumanMessage } from "@langchain/core/messages";
import { Annotation, END, MessagesAnnotation, Send, START, StateGraph } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { closedLoop, Load } from "#/test/bench/harness/closed-loop.ts";
import { serve } from "#/test/bench/harness/serve.ts";
import { answerText, delegations, planText, resultText } from "#/test/bench/harness/turn-script.ts";
import { fakeModel } from "#/test/bench/peers/fake-model.ts";

/**
 * A turn in LangGraph, checkpointed in Postgres with the default durability: a main agent that asks its model, three
 * sub-agents side by side, each a graph of its own that asks its model once, and an answer. Argument: the database.
 */
const [databaseUrl = ""] = process.argv.slice(2);
const checkpointer = PostgresSaver.fromConnString(databaseUrl);
await checkpointer.setup();

const subAgents = new Map(
  delegations.map(({ agent }) => {
    const model = fakeModel(resultText(agent));
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
      .addEdge(START, "model")
      .addEdge("model", END)
      .compile();
    return [agent, graph] as const;
  }),
);

const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  results: Annotation<string[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
});
type Delegation = (typeof delegations)[number];

const planner = fakeModel(planText);
const answerer = fakeModel(answerText);

const turn = new StateGraph(State)
  .addNode("main", async ({ messages }) => ({ messages: [await planner.invoke(messages)] }))
  .addNode("delegate", async ({ agent, task }: Delegation, config) => {
    const told = await subAgents.get(agent)?.invoke({ messages: [new HumanMessage(task)] }, config);
    return { results: [String(told?.messages.at(-1)?.content)] };
  })
  .addNode("answer", async ({ messages, results }) => {
    const asked = [...messages, new HumanMessage(results.join("\n"))];
    return { messages: [await answerer.invoke(asked)] };
  })
  .addEdge(START, "main")
  .addConditionalEdges("main", () => delegations.map((delegation) => new Send("delegate", delegation)), ["delegate"])
  .addEdge("delegate", "answer")
  .addEdge("answer", END)
  .compile({ checkpointer });

let turns = 0;
async function takeTurn(): Promise<void> {
  turns += 1;
  const config = { configurable: { thread_id: `turn-${turns}` } };
  const { results, messages } = await turn.invoke({ messages: [new HumanMessage("Compare the three.")] }, config);
  const isWhole = delegations.every(({ agent }) => results.includes(resultText(agent)));
  if (!isWhole || results.length !== 3 || messages.at(-1)?.content !== answerText)
    throw new Error("a turn is not whole");
}

serve({ load: (question) => closedLoop(Load.parse(question), takeTurn) }, () => checkpointer.end());
