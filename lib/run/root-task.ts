import { v7 as uuid } from "uuid";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { hashOf } from "#/lib/run/create-task.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import type { TaskState } from "#/lib/store/run-state.ts";

/** The root task's reference; no delegation can have it. */
const ROOT_REF = "@main";

/** The root task has no words of its own: what is to be done is the message. */
export const rootSpec: TaskSpec = {
  ref: ROOT_REF,
  agent: "main",
  task: "",
  author: "main",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
};

/** The root task; it belongs to the main agent, or to a program, and then waits for what the program adds. */
export function createRoot(change: RunChange, status: "pending" | "waiting"): TaskState {
  const root: TaskState = {
    id: uuid(),
    runId: change.run.id,
    parentId: null,
    turn: null,
    block: null,
    ref: rootSpec.ref,
    agent: rootSpec.agent,
    author: rootSpec.author,
    mode: rootSpec.mode,
    priority: rootSpec.priority,
    strict: rootSpec.strict,
    condition: null,
    part: null,
    mostAttempts: null,
    hash: hashOf(rootSpec),
    dependsOn: [],
    timeoutMs: null,
    createdSeq: null,
    acceptedSeq: null,
    settledSeq: null,
    createdAt: change.run.createdAt,
    startedAt: null,
    status,
    attempt: 0,
    claim: 0,
    workerId: null,
    announced: 0,
    dispatched: true,
    due: true,
    error: null,
    dead: null,
  };
  change.createTask(root, { rung: true });
  return root;
}
