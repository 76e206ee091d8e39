import type { GraphTask } from "#/app/_ui/task-graph.ts";
import type { EventData, RunEvent } from "#/lib/protocol/event.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";

/**
 * What the picture shows of the delegated tasks behind these events of a run, as the fold of the conversation has it
 * (lib/chat/task-part.ts), of which no part is sent to the browser.
 */
export function pictureTasks(events: readonly RunEvent[]): GraphTask[] {
  const tasks = new Map<string, GraphTask>();
  const ids = new Map<string, string>();
  for (const event of events) {
    const { taskId = "" } = event;
    if (event.type === "task.created") {
      const parent = event.data.part && tasks.get(ids.get(parentRefOf(event.data.ref)) ?? "");
      if (parent?.status === "in_progress") tasks.set(parent.taskId, { ...parent, status: "waiting" });
      ids.set(event.data.ref, taskId);
      const below = parent && { parentId: parent.taskId };
      tasks.set(taskId, { taskId, ...wordsOf(event.data), ...below, status: "pending" });
      continue;
    }
    const task = tasks.get(taskId);
    if (task === undefined) continue;
    const words = event.type === "task.changed" ? wordsOf(event.data) : {};
    tasks.set(taskId, { ...task, ...words, status: statusAfter[event.type] ?? task.status });
  }
  return [...tasks.values()];
}

const statusAfter: Partial<Record<RunEvent["type"], TaskStatus>> = {
  "task.claimed": "in_progress",
  "task.retried": "pending",
  "task.reopened": "pending",
  "task.completed": "completed",
  "task.failed": "failed",
  "task.cancelled": "cancelled",
};

function parentRefOf(ref: string): string {
  return ref.slice(0, Math.max(0, ref.lastIndexOf(".")));
}

function wordsOf({ ref, agent, mode, dependsOn, voters, part }: EventData<"task.created">) {
  return { ref, agent, mode, dependsOn, voters, part };
}
