import type { AgentContext, Delegated } from "#/agents/agent.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { noBoard } from "#/test/agents/knowledge/fake-board.ts";

export const taskOf = (task: string, more: Partial<TaskSpec> = {}): TaskSpec => ({
  ref: "t1",
  agent: "knowledge",
  task,
  author: "main",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
  ...more,
});

/** A context whose search finds these passages, whatever is asked. */
export function contextWith(passages: readonly Passage[], more: Partial<AgentContext> = {}) {
  const said: string[] = [];
  const queries: string[] = [];
  const context: AgentContext = {
    signal: new AbortController().signal,
    dependencies: [],
    board: noBoard,
    mayDelegate: false,
    progress: (text) => said.push(text),
    generate: () => Promise.reject(new Error("the knowledge agent calls no model")),
    search: async (query) => {
      queries.push(query);
      return passages;
    },
    storeArtifact: () => Promise.reject(new Error("the knowledge agent stores nothing")),
    ...more,
  };
  return { context, said, queries };
}

/** A document of one passage. */
export function documentOf(name: string, text: string, score = 0.8): Passage {
  return { documentId: name, ordinal: 0, title: name, heading: [], origin: `docs/${name}.md`, text, score };
}

/** Finds those that hold a word of the query; the score is the share of its words that a document holds. */
export function searchOver(documents: readonly Passage[]): AgentContext["search"] {
  const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  return async (query, limit) => {
    const asked = [...wordsOf(query)];
    const scored = documents.map((document) => {
      const held = wordsOf(`${document.title} ${document.text}`);
      return { ...document, score: asked.filter((word) => held.has(word)).length / Math.max(1, asked.length) };
    });
    return scored.filter(({ score }) => score > 0).slice(0, limit);
  };
}

export function resultIn(executed: TaskResult | Delegated): TaskResult {
  if ("delegate" in executed) throw new Error("a result was expected, not subtasks");
  return TaskResult.parse(executed);
}
