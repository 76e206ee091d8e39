import type { AgentContext, Delegated, Dependency } from "#/agents/agent.ts";
import type { ModelRequest } from "#/lib/model/models.ts";
import { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { noBoard } from "#/test/agents/knowledge/fake-board.ts";

export type Asked = Omit<ModelRequest, "signal">;

export const taskOf = (text: string, more: Partial<TaskSpec> = {}): TaskSpec => ({
  ref: "t2",
  agent: "planner",
  task: text,
  author: "main",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
  ...more,
});

/** A context whose model answers with these replies in turn. */
export function scripted(replies: readonly string[], dependencies: readonly Dependency[] = [], mayDelegate = false) {
  const asked: Asked[] = [];
  const progress: string[] = [];
  const left = [...replies];
  const generate = async () => left.shift() ?? "";
  return { asked, progress, context: contextWith(generate, dependencies, asked, progress, mayDelegate) };
}

export function contextWith(
  generate: (request: Asked) => Promise<string>,
  dependencies: readonly Dependency[],
  asked: Asked[],
  progress: string[],
  mayDelegate = false,
): AgentContext {
  return {
    signal: new AbortController().signal,
    dependencies,
    board: noBoard,
    mayDelegate,
    progress: (text) => progress.push(text),
    generate: (request) => {
      asked.push({ ...request, messages: [...request.messages] });
      return generate(request);
    },
    search: () => Promise.reject(new Error("the planner searches nothing")),
    storeArtifact: () => Promise.reject(new Error("the planner stores nothing")),
  };
}

export function resultIn(executed: TaskResult | Delegated): TaskResult {
  if ("delegate" in executed) throw new Error("a result was expected, not subtasks");
  return TaskResult.parse(executed);
}
