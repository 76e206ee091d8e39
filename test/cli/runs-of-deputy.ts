import type { NewEvent } from "#/lib/protocol/event.ts";
import type { Evidence } from "#/lib/protocol/result.ts";
import { logOf } from "#/test/cli/fake-server.ts";

const span: [number, number] = [0, 10];
const root = { taskId: "root", agent: "main" } as const;
const t1 = { taskId: "task-1", agent: "knowledge" } as const;

export function evidence(title: string, origin: string): Evidence {
  return {
    claim: "c",
    quote: `about ${title}`,
    source: { title, heading: ["Guide", title], url: "/documents/d#passage-1", origin },
  };
}

const started: NewEvent = {
  type: "run.started",
  data: { conversationId: "c1", messageId: "m1", text: "what is a lease?", rootTaskId: "root", offline: true },
};

/** A delegation from plan to answer, with notes on the way that must not reach standard output. */
export const delegatedRun = logOf([
  started,
  { type: "turn.started", ...root, data: { turn: 1, phase: "PLANNING" } },
  { type: "text.appended", ...root, data: { turn: 1, text: "Let me look that up.\n", note: false } },
  {
    type: "action.accepted",
    ...root,
    data: {
      turn: 1,
      block: 0,
      author: "main",
      span,
      normalised: [],
      text: "ACTION: PLAN",
      action: { kind: "plan", steps: ["look it up"] },
    },
  },
  { type: "plan.proposed", ...root, data: { steps: ["look it up", "answer"] } },
  { type: "run.phase-changed", ...root, data: { from: "PLANNING", to: "EXECUTING" } },
  {
    type: "task.created",
    ...t1,
    data: {
      ref: "t1",
      agent: "knowledge",
      task: "Find what a lease is",
      author: "main",
      mode: "parallel",
      priority: "normal",
      strict: true,
      dependsOn: [],
    },
  },
  {
    type: "action.refused",
    ...root,
    data: {
      turn: 1,
      block: 2,
      author: "main",
      span,
      code: "unknown-agent",
      message: "nearest: planner",
      text: "ACTION",
    },
  },
  { type: "turn.ended", ...root, data: { turn: 1, finish: "stop", note: true } },
  { type: "task.claimed", ...t1, data: { claim: 1, attempt: 1, workerId: "w" } },
  { type: "task.progressed", ...t1, data: { text: "searching \u001b[31mleases" } },
  {
    type: "task.completed",
    ...t1,
    data: {
      milliseconds: 1_200,
      result: {
        text: "found",
        artifacts: [],
        evidence: [
          evidence("Leases", "docs/leases.md"),
          evidence("Claims", "docs/claims.md"),
          evidence("Unused", "docs/unused.md"),
        ],
      },
    },
  },
  { type: "run.phase-changed", ...root, data: { from: "EXECUTING", to: "VERIFYING" } },
  { type: "turn.started", ...root, data: { turn: 2, phase: "VERIFYING" } },
  { type: "text.appended", ...root, data: { turn: 2, text: "The evidence holds.\n", note: true } },
  { type: "run.phase-changed", ...root, data: { from: "VERIFYING", to: "LEARNING" } },
  { type: "text.appended", ...root, data: { turn: 2, text: "\n\nA lease belongs to the worker [1]. ", note: false } },
  { type: "text.appended", ...root, data: { turn: 2, text: "Claims fence it [2].\n\n", note: false } },
  { type: "lesson.learned", ...root, data: { lessonId: "l", lesson: "Leases are per worker", tags: [] } },
  { type: "turn.ended", ...root, data: { turn: 2, finish: "stop", note: false } },
  { type: "run.completed", data: { milliseconds: 4_200 } },
]);

export const delegatedAnswer = `A lease belongs to the worker [1]. Claims fence it [2].

[1] Leases - Guide > Leases - docs/leases.md
[2] Claims - Guide > Claims - docs/claims.md
`;

/** Prose alone in PLANNING is the answer. */
export const smallTalk = logOf([
  started,
  { type: "turn.started", ...root, data: { turn: 1, phase: "PLANNING" } },
  { type: "text.appended", ...root, data: { turn: 1, text: "Hello ", note: false } },
  { type: "text.appended", ...root, data: { turn: 1, text: "there.", note: false } },
  { type: "turn.ended", ...root, data: { turn: 1, finish: "stop", note: false } },
  { type: "run.completed", data: { milliseconds: 200 } },
]);

export const failedRun = logOf([
  started,
  {
    type: "run.failed",
    data: {
      milliseconds: 300,
      error: { code: "model-refused", message: "The server said 401; look at OPENAI_API_KEY." },
    },
  },
]);

export const cancelledRun = logOf([
  started,
  { type: "run.cancelled", data: { milliseconds: 300, by: "user", reason: "stopped" } },
]);
