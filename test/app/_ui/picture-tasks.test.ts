import { expect, test } from "vitest";
import { pictureTasks } from "#/app/_ui/picture-tasks.ts";
import { tasksOf } from "#/app/_ui/run-parts.ts";
import { toMessage } from "#/lib/chat/to-message.ts";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const spec = (ref: string, change: Partial<TaskSpec> = {}): TaskSpec => ({
  ref,
  agent: "knowledge",
  task: "Look",
  author: "user",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
  ...change,
});
const created = (ref: string, change: Partial<TaskSpec> = {}): NewEvent => {
  return { type: "task.created", taskId: `id-${ref}`, data: spec(ref, change) };
};
const claimed = (ref: string): NewEvent => {
  return { type: "task.claimed", taskId: `id-${ref}`, data: { claim: 1, attempt: 1, workerId: "w" } };
};
const completed = (ref: string): NewEvent => {
  const result = { text: "", evidence: [], artifacts: [] };
  return { type: "task.completed", taskId: `id-${ref}`, data: { result, milliseconds: 1 } };
};
const vote = { part: { kind: "vote", number: 1, of: 2 } as const };
const error = { code: "x", message: "No." };

/** Every way in which a task can come to stand. */
const events: NewEvent[] = [
  {
    type: "run.started",
    data: { conversationId: "c", messageId: "m", text: "hi", rootTaskId: "root", offline: true },
  },
  { type: "task.claimed", taskId: "root", data: { claim: 1, attempt: 1, workerId: "w" } },
  created("t1", { mode: "consensus", voters: 2 }),
  created("t2", { dependsOn: ["t1"], voters: 5 }),
  created("t3"),
  claimed("t1"),
  created("t1.v1", vote),
  created("t1.v2", vote),
  claimed("t1.v1"),
  completed("t1.v1"),
  { type: "task.changed", taskId: "id-t2", data: spec("t2", { agent: "planner", dependsOn: [] }) },
  claimed("t1.v2"),
  { type: "task.retried", taskId: "id-t1.v2", data: { reason: error, attempt: 1, delayMs: 1 } },
  claimed("t1.v2"),
  { type: "task.failed", taskId: "id-t1.v2", data: { error, attempts: 3, dead: "attempts" } },
  claimed("t1"),
  { type: "task.reopened", taskId: "id-t1.v2", data: { by: "user", attempts: 3 } },
  completed("t1"),
  { type: "task.cancelled", taskId: "id-t3", data: { reason: "No." } },
  { type: "run.completed", data: { milliseconds: 1 } },
];

test("the picture of the transcript shows at each event what that of the conversation shows", () => {
  const log = events.map(
    (event, index) => ({ ...event, runId: "r", seq: index + 1, at: new Date(index).toISOString(), v: 1 }) as RunEvent,
  );
  const seen = new Set<string>();
  for (const length of log.keys()) {
    const shown = pictureTasks(log.slice(0, length + 1));
    const told = tasksOf(toMessage(log.slice(0, length + 1)));
    expect(shown).toEqual(
      told.map(({ taskId, ref, agent, mode, dependsOn, voters, part, parentId, status }) => {
        return { taskId, ref, agent, mode, dependsOn, voters, part, parentId, status };
      }),
    );
    for (const { status } of shown) seen.add(status);
  }
  expect([...seen].sort()).toEqual(["cancelled", "completed", "failed", "in_progress", "pending", "waiting"]);
});
