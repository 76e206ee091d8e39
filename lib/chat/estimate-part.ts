import type { EstimatePart, TaskPart } from "#/lib/chat/parts.ts";
import { faultsOf } from "#/lib/graph/check-graph.ts";
import { estimateGraph } from "#/lib/graph/estimate.ts";
import type { EventType, RunEvent } from "#/lib/protocol/event.ts";

/** The run's limit of live tasks for each agent is not in its log: this is what it is where nobody has set another one. */
const USUAL_LIVE_TASKS = 5;

/** Of more tasks than this that are created together, not each one has them all estimated anew, but what happens next. */
const MOST_AT_ONCE = 50;

/** What a run's tasks are expected to take together, and what they took. */
export class EstimateFold {
  #isStale = false;
  #dropped = new Set<string>();
  #dispatchedAt: string | undefined;
  #expected: Pick<EstimatePart, "seconds" | "costUsd"> | null = null;
  #shown = "";

  /**
   * The estimate behind an event; null where it is none or still the same. `tasks` are all of the run, as they are behind it.
   * What was dropped from the plan does not count, nor do parts: a group's own estimate speaks for them.
   */
  push(event: RunEvent, tasks: ReadonlyMap<string, TaskPart>): EstimatePart | null {
    if (planning.has(event.type)) this.#isStale = true;
    if (event.type === "plan.changed") for (const ref of event.data.dropped) this.#dropped.add(ref);
    if (event.type === "task.dispatched") this.#dispatchedAt ??= event.at;
    const comesLater = event.type === "task.created" && tasks.size > MOST_AT_ONCE;
    const mayDiffer = timing.has(event.type) || (this.#isStale && event.type.startsWith("task."));
    return mayDiffer && !comesLater ? this.#estimate([...tasks.values()]) : null;
  }

  #estimate(tasks: readonly TaskPart[]): EstimatePart | null {
    const counted = tasks.filter(({ part, ref }) => part === undefined && !this.#dropped.has(ref));
    if (this.#isStale) this.#expected = expectationOf(counted) ?? this.#expected;
    this.#isStale = false;
    if (this.#expected === null) return null;
    const took = this.#took(tasks, counted);
    const estimate = { ...this.#expected, ...(took && { took }) };
    const written = JSON.stringify(estimate);
    if (written === this.#shown) return null;
    this.#shown = written;
    return estimate;
  }

  /** Null until the last one has ended. */
  #took(tasks: readonly TaskPart[], counted: readonly TaskPart[]): EstimatePart["took"] | null {
    const isOver = counted.length > 0 && counted.every(({ endedAt }) => endedAt !== undefined);
    if (this.#dispatchedAt === undefined || !isOver) return null;
    const lastEnd = Math.max(...counted.map(({ endedAt }) => Date.parse(endedAt ?? "")));
    const costUsd = tasks.reduce((sum, task) => sum + (task.costUsd ?? 0), 0);
    return { seconds: Math.max(0, lastEnd - Date.parse(this.#dispatchedAt)) / 1_000, costUsd };
  }
}

const planning = new Set<EventType>(["task.created", "task.changed", "plan.changed"]);
const timing = new Set<EventType>([
  "task.dispatched",
  "task.completed",
  "task.failed",
  "task.cancelled",
  "task.reopened",
  "model.called",
]);

/** Null when nothing is expected of any of them, and for a plan that is half changed. */
function expectationOf(tasks: readonly TaskPart[]) {
  if (tasks.every(({ estimate }) => estimate === undefined)) return null;
  const nodes = tasks.map(({ ref, agent, dependsOn, estimate }) => {
    return { ref, agent, dependsOn, seconds: estimate?.seconds ?? 0, costUsd: estimate?.costUsd ?? 0 };
  });
  if (faultsOf(nodes).some(({ kind }) => kind === "cycle")) return null;
  const { seconds, costUsd } = estimateGraph(nodes, USUAL_LIVE_TASKS);
  return { seconds, costUsd };
}
