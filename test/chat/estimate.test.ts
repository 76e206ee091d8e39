import { describe, expect, it } from "vitest";
import type { EstimatePart } from "#/lib/chat/parts.ts";
import { MessageFold } from "#/lib/chat/to-chunks.ts";
import { toMessage } from "#/lib/chat/to-message.ts";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const started: NewEvent = {
  type: "run.started",
  data: { conversationId: "c", messageId: "m", text: "hi", rootTaskId: "root", offline: true },
};

/** One event each second, the first one behind the start of the run. */
function log(events: readonly NewEvent[]): RunEvent[] {
  return [started, ...events].map(
    (event, index) =>
      ({ ...event, runId: "r", seq: index + 1, at: new Date(index * 1_000).toISOString(), v: 1 }) as RunEvent,
  );
}

function shown(...events: NewEvent[]): EstimatePart | undefined {
  const parts = toMessage(log(events)).parts.filter((part) => part.type === "data-estimate");
  expect(parts.length).toBeLessThanOrEqual(1);
  return parts[0]?.data;
}

const specOf = (ref: string, seconds: number, change: Partial<TaskSpec> = {}): TaskSpec => ({
  ref,
  agent: "knowledge",
  task: "Look",
  author: "user",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
  estimate: { seconds, costUsd: 0.5 },
  ...change,
});
const created = (ref: string, seconds: number, change: Partial<TaskSpec> = {}): NewEvent => {
  return { type: "task.created", taskId: ref, data: specOf(ref, seconds, change) };
};
const dispatched = (taskId: string): NewEvent => ({ type: "task.dispatched", taskId, data: {} });
const completed = (taskId: string): NewEvent => {
  return {
    type: "task.completed",
    taskId,
    data: { result: { text: "", evidence: [], artifacts: [] }, milliseconds: 1 },
  };
};
const cancelled = (taskId: string): NewEvent => ({ type: "task.cancelled", taskId, data: { reason: "No." } });
const changed = (dropped: string[]): NewEvent => {
  return { type: "plan.changed", data: { by: "user", dropped, changed: [], added: [] } };
};
const called = (taskId: string, costUsd: number): NewEvent => {
  const tokens = { inputTokens: 1, outputTokens: 1, costUsd, milliseconds: 1 };
  return { type: "model.called", taskId, data: { tier: "fast", model: "m", ...tokens } };
};

describe("what a plan is expected to take", () => {
  it("is the time of its longest chain and the money of all, as soon as its tasks are there", () => {
    const plan = [created("a", 2), created("b", 3, { dependsOn: ["a"] }), created("c", 4)];
    expect(shown(...plan)).toEqual({ seconds: 5, costUsd: 1.5 });
  });

  it("counts a group once, by its own estimate", () => {
    const vote = { part: { kind: "vote", number: 1, of: 1 } as const };
    const plan = [created("t1", 7, { mode: "consensus" }), created("t1.v1", 7, vote)];
    expect(shown(...plan)).toEqual({ seconds: 7, costUsd: 0.5 });
  });

  it("is told anew when the plan is changed: without what was dropped, with what was worded anew", () => {
    const plan = [created("a", 2), created("b", 3, { dependsOn: ["a"] }), changed(["b"]), cancelled("b")];
    expect(shown(...plan)).toEqual({ seconds: 2, costUsd: 0.5 });
    const reworded: NewEvent = { type: "task.changed", taskId: "a", data: specOf("a", 9) };
    expect(shown(...plan, reworded)?.seconds).toBe(9);
  });

  it("is kept while a change goes through a circle on its way", () => {
    const to = (ref: string, dependsOn: string[]): NewEvent => {
      return { type: "task.changed", taskId: ref, data: specOf(ref, 2, { dependsOn }) };
    };
    const plan = [created("a", 2), created("b", 2, { dependsOn: ["a"] }), changed([])];
    expect(shown(...plan, to("a", ["b"]))?.seconds).toBe(4);
    expect(shown(...plan, to("a", ["b"]), to("b", []))?.seconds).toBe(4);
  });

  it("stays when the prose before it is taken back", () => {
    const prose: NewEvent = { type: "text.appended", data: { turn: 1, text: "Let me see.", note: false } };
    const turn: NewEvent = { type: "turn.started", data: { turn: 1, phase: "PLANNING" } };
    const ended: NewEvent = { type: "turn.ended", data: { turn: 1, finish: "stop", note: true } };
    expect(shown(turn, prose, created("a", 2), ended)?.seconds).toBe(2);
  });

  it("is not there when no task says what it is expected to take", () => {
    expect(shown(created("a", 1, { estimate: undefined }), dispatched("a"), completed("a"))).toBeUndefined();
  });

  it("is written once for many tasks that are created together", () => {
    const many = Array.from({ length: 300 }, (_, n) => created(`t${n}`, 1));
    const fold = new MessageFold();
    const chunks = log([...many, dispatched("t0")]).flatMap((event) => fold.push(event));
    const estimates = chunks.filter((chunk) => chunk.type === "data-estimate");
    expect(estimates.length).toBeLessThanOrEqual(51);
    expect(estimates.at(-1)?.data).toEqual({ seconds: 60, costUsd: 150 });
  });
});

describe("what a plan took", () => {
  const plan = [created("a", 2), created("b", 3)];

  it("is the time from the first dispatch to the last outcome, once all have ended", () => {
    const underWay = [...plan, dispatched("a"), dispatched("b"), completed("b")];
    expect(shown(...underWay)).not.toHaveProperty("took");
    expect(shown(...underWay, cancelled("a"))?.took).toEqual({ seconds: 3, costUsd: 0 });
  });

  it("is the money of all model calls, those of parts as well", () => {
    const part = created("a.s1", 1, { part: { kind: "subtask", number: 1, of: 1 } });
    const calls = [dispatched("a"), part, called("a", 0.25), called("a.s1", 0.5), called("root", 9)];
    const ended = [completed("a.s1"), completed("a"), cancelled("b")];
    expect(shown(...plan, ...calls, ...ended)?.took?.costUsd).toBe(0.75);
  });

  it("is taken back when a task is tried again or another one comes", () => {
    const ended = [...plan, dispatched("a"), completed("a"), completed("b")];
    expect(shown(...ended)).toHaveProperty("took");
    expect(shown(...ended, created("c", 1))).not.toHaveProperty("took");
    const reopened: NewEvent = { type: "task.reopened", taskId: "a", data: { by: "user", attempts: 3 } };
    expect(shown(...ended, reopened)).not.toHaveProperty("took");
  });

  it("is nothing for a plan of which nothing was dispatched", () => {
    expect(shown(...plan, cancelled("a"), cancelled("b"))).not.toHaveProperty("took");
  });
});
