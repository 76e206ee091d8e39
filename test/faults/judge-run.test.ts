import { describe, expect, it } from "vitest";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";
import { judgeRun } from "#/test/faults/judge-run.ts";
import { answerTo, resultText } from "#/test/faults/order.ts";
import { task } from "#/test/faults/orders.ts";

/** The checker must find what it is there to find: each case spoils a good log in one way. */
const order = { nonce: "n1", tasks: [task("t1")], words: 2, delta: 10, pauseMs: 0 };
const spec = {
  ref: "t1",
  agent: "knowledge",
  task: "x",
  author: "main",
  mode: "parallel",
  priority: "normal",
} as const;
const byTask = { taskId: "task-1", agent: "knowledge" } as const;
const result = (worker: string) => ({
  text: resultText({ nonce: "n1", ref: "t1", worker, execution: "e" }),
  evidence: [],
  artifacts: [],
});

const started: NewEvent[] = [
  {
    type: "run.started",
    data: { conversationId: "c", messageId: "m", text: "x", rootTaskId: "root", offline: false },
  },
  { type: "turn.started", data: { turn: 1, phase: "PLANNING" } },
  { type: "task.created", ...byTask, data: { ...spec, strict: true, dependsOn: [] } },
  { type: "task.claimed", ...byTask, data: { claim: 1, attempt: 1, workerId: "w1" } },
];
const completed: NewEvent = { type: "task.completed", ...byTask, data: { result: result("w1"), milliseconds: 1 } };
const answered: NewEvent[] = [
  { type: "turn.started", data: { turn: 2, phase: "VERIFYING" } },
  { type: "text.appended", data: { turn: 2, text: answerTo(order), note: false } },
  { type: "run.completed", data: { milliseconds: 1 } },
];
const taken: NewEvent[] = [
  { type: "task.retried", ...byTask, data: { reason: { code: "x", message: "x" }, attempt: 1, delayMs: 0 } },
  { type: "task.claimed", ...byTask, data: { claim: 2, attempt: 2, workerId: "w2" } },
];

function judge(events: readonly NewEvent[], calls = { models: 2, executions: 1 }, spoil = (log: RunEvent[]) => log) {
  const log = events.map((event, index) => ({ ...event, runId: "r", seq: index + 1, at: "", v: 1 }) as RunEvent);
  const execution = { worker: "w1", kind: "task", nonce: "n1", of: "t1", execution: "e", beganAt: 1 } as const;
  const effects = {
    of: () => Array.from({ length: calls.executions }, () => execution),
    countOf: () => calls.models,
  };
  return judgeRun(spoil(log), order, effects, { otherEnds: false, lostClaims: false }).join("\n");
}

describe("the checker", () => {
  it("has nothing against a good log", () => {
    expect(judge([...started, completed, ...answered])).toBe("");
    expect(
      judge([...started, ...taken, { ...completed, data: { ...completed.data, result: result("w2") } }, ...answered]),
    ).toBe("");
  });

  it.each([
    ["a missing end", [...started, completed, ...answered.slice(0, 2)], /0 ends/],
    ["a second end", [...started, completed, ...answered, ...answered.slice(2)], /2 ends/],
    ["an event behind the end", [...started, ...answered, completed], /last event is task.completed/],
    ["a lost task", [...started, ...answered], /task t1 is in_progress/],
    ["a second result", [...started, completed, completed, ...answered], /completed 2 times/],
    ["a zombie's result", [...started, ...taken, completed, ...answered], /written by w1 while w2 held/],
    [
      "a result of nobody",
      [...started, ...taken.slice(0, 1), completed, ...answered],
      /written by w1 while nobody held/,
    ],
    ["a claim number used twice", [...started, ...started.slice(3), completed, ...answered], /claims 1 again/],
    ["text generated twice", [...started, completed, ...answered.slice(0, 2), ...answered.slice(1)], /its answer is/],
    [
      "a task that nobody ordered",
      [...started, { ...started[2], taskId: "task-2" } as NewEvent, completed, ...answered],
      /its tasks are t1,t1/,
    ],
  ])("finds %s", (_, events, problem) => {
    expect(judge(events)).toMatch(problem);
  });

  it("finds a gap in the numbers", () => {
    expect(judge([...started, completed, ...answered], undefined, (log) => log.filter(({ seq }) => seq !== 2))).toMatch(
      /event 2 has the number 3/,
    );
  });

  it("finds work that was done more often than it was claimed, and calls without a turn", () => {
    expect(judge([...started, completed, ...answered], { models: 2, executions: 2 })).toMatch(
      /executed 2 times on 1 claims/,
    );
    expect(judge([...started, completed, ...answered], { models: 3, executions: 1 })).toMatch(
      /called 3 times for 2 turns/,
    );
  });
});
