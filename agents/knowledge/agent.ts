import type { Agent, AgentContext, Delegated } from "#/agents/agent.ts";
import { answer } from "#/agents/knowledge/answer.ts";
import { bidOn } from "#/agents/knowledge/bid.ts";
import { workOverBoard } from "#/agents/knowledge/board.ts";
import { Input, readInput, searchIn } from "#/agents/knowledge/input.ts";
import { splitTask } from "#/agents/knowledge/split.ts";
import { vote } from "#/agents/knowledge/vote.ts";
import { env } from "#/lib/env.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/**
 * Answers from the ingested documents and from nothing else: each finding quotes a passage letter by letter and names
 * where it stands. What the documents do not answer, it says. Calls no model.
 */
export const knowledge: Agent = {
  type: "knowledge",
  name: "Knowledge",
  description:
    "Searches the ingested documents and brings findings, each with a quoted passage and its source; says so when they hold no answer.",
  capabilities: [
    {
      name: "search",
      description: "Full-text search over the ingested documents, by words, stems and identifiers",
      input: "question",
      output: "findings",
      estimatedSeconds: 2,
      estimatedCostUsd: 0,
    },
    {
      name: "quote",
      description: "Findings with the exact words of the source and a link to the passage",
      input: "question",
      output: "quotes with sources",
      estimatedSeconds: 2,
      estimatedCostUsd: 0,
    },
  ],
  priority: 60,
  get timeoutMs() {
    return env().budgets.taskMs;
  },
  concurrency: 4,
  inputSchema: Input,
  execute,
  bid: (task, context) => bidOn(task, context, searchIn(context, readInput(task))),
};

async function execute(task: TaskSpec, context: AgentContext): Promise<TaskResult | Delegated> {
  const input = readInput(task);
  const search = searchIn(context, input);
  // Voters see nothing of one another, on a board neither.
  if (task.part?.kind === "vote") return vote(task, task.part.number, context, search);
  if (input.board === true) return workOverBoard(task, context, search);
  return (context.mayDelegate && splitTask(task)) || answer(task, context, search);
}
