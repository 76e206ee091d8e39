import type { Delegated } from "#/agents/agent.ts";
import { type Aspect, splitAspects } from "#/agents/knowledge/aspects.ts";
import type { Subtask } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** One subtask for each aspect, at once and independent of one another; null when there is only one. */
export function splitTask(task: TaskSpec): Delegated | null {
  const aspects = splitAspects(task.task);
  if (aspects.length < 2) return null;
  return { delegate: aspects.map((aspect, at) => subtaskOf(aspect, at + 1, task)) };
}

/** Whose failure takes none of the others with it. */
function subtaskOf(aspect: Aspect, number: number, { input }: TaskSpec): Subtask {
  const task = onItsOwn(aspect);
  return { ref: `s${number}`, agent: "knowledge", task, strict: false, ...(input && { input }) };
}

/** "How to abort it" stands alone as "How to abort it (streamText)". */
function onItsOwn({ label, subject }: Aspect): string {
  const text = label.charAt(0).toUpperCase() + label.slice(1);
  const unnamed = subject.filter((name) => !label.toLowerCase().includes(name.toLowerCase()));
  return unnamed.length === 0 ? text : `${text} (${unnamed.join(", ")})`;
}
