import type { ConflictPart, TaskPart } from "#/lib/chat/parts.ts";
import { conflictsOf, type SettledResult } from "#/lib/graph/conflicts.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";

/** Every viewer's fold compares all results whenever one comes, some 20 ms at this many: later ones are not compared. */
const MOST_RESULTS = 12;

/** The log does not say what an agent's priority is: evidence and confidence decide, then who was first. */
const SAME_PRIORITY = 50;

/** What contradicts what among the results of a run, as they come. The parts of a group speak through its result alone. */
export class ConflictFold {
  #results: SettledResult[] = [];
  #shown: ConflictPart[] = [];

  /** The conflicts that a new result brings or changes, each with its number: 1, 2, 3, ... */
  push({ ref, agent, task, parentId }: TaskPart, result: TaskResult): { n: number; conflict: ConflictPart }[] {
    if (parentId !== undefined || this.#results.length >= MOST_RESULTS) return [];
    this.#results.push({ ref, agent, task, priority: SAME_PRIORITY, result });
    const before = this.#shown;
    this.#shown = conflictsOf(this.#results);
    return this.#shown
      .map((conflict, index) => ({ n: index + 1, conflict }))
      .filter(({ n, conflict }) => JSON.stringify(conflict) !== JSON.stringify(before[n - 1]));
  }
}
