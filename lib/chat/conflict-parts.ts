import type { ConflictPart, TaskPart } from "#/lib/chat/parts.ts";
import { Conflicts, usualPriority } from "#/lib/graph/conflicts.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";

type Settled = Pick<TaskPart, "ref" | "agent" | "task" | "agentPriority"> & { readonly parentId?: string | undefined };

/** What contradicts what among the results of a run, as they come. The parts of a group speak through its result alone. */
export class ConflictFold {
  readonly #conflicts = new Conflicts();
  #shown: ConflictPart[] = [];

  /** The conflicts that a new result brings or changes, each with its number: 1, 2, 3, ... */
  push({ ref, agent, task, agentPriority, parentId }: Settled, result: TaskResult): NumberedConflict[] {
    if (parentId !== undefined) return [];
    this.#conflicts.push({ ref, agent, task, priority: agentPriority ?? usualPriority, result });
    const before = this.#shown;
    this.#shown = this.#conflicts.list();
    return this.#shown
      .map((conflict, index) => ({ n: index + 1, conflict }))
      .filter(({ n, conflict }) => JSON.stringify(conflict) !== JSON.stringify(before[n - 1]));
  }
}

type NumberedConflict = { readonly n: number; readonly conflict: ConflictPart };
