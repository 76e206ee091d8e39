import { describe, expect, it } from "vitest";
import type { DeputyMessage } from "#/lib/chat/parts.ts";
import { toMessage } from "#/lib/chat/to-message.ts";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";

const runId = "0197a1b2-0000-7000-8000-000000000001";
const taskId = "0197a1b2-0000-8000-8000-000000000002";

/** The message of a run with these events behind its first one. */
function shown(events: NewEvent[], retryOf?: { runId: string; taskId: string }): DeputyMessage {
  const begun = { conversationId: "c", messageId: "m", text: "hi", rootTaskId: "r", offline: true };
  const started: NewEvent = { type: "run.started", data: { ...begun, ...(retryOf && { retryOf }) } };
  const log = [started, ...events].map(
    (event, index) =>
      ({ ...event, runId, seq: index + 1, at: new Date(index * 1_000).toISOString(), v: 1 }) as RunEvent,
  );
  return toMessage(log);
}

const partOf = <T extends DeputyMessage["parts"][number]["type"]>(message: DeputyMessage, type: T) =>
  message.parts.find((part): part is Extract<DeputyMessage["parts"][number], { type: T }> => part.type === type);
const noticesOf = (message: DeputyMessage) =>
  message.parts.flatMap((part) => (part.type === "data-notice" ? [part.data.text] : []));

const of = { taskId, agent: "browser" } as const;
const words = { ref: "t1", task: "Look", mode: "parallel", priority: "normal", strict: true } as const;
const created: NewEvent = {
  type: "task.created",
  ...of,
  data: { ...words, agent: "browser", author: "user", dependsOn: [] },
};
const claimed = (attempt: number): NewEvent => {
  return { type: "task.claimed", ...of, data: { claim: attempt, attempt, workerId: "w" } };
};
const error = { code: "x", message: "It broke." };
const died: NewEvent = { type: "task.failed", ...of, data: { error, attempts: 3, dead: "poison" } };
const reopened: NewEvent = { type: "task.reopened", ...of, data: { by: "user", attempts: 3 } };
const planning: NewEvent = { type: "turn.started", data: { turn: 1, phase: "PLANNING" } };
const prose: NewEvent = { type: "text.appended", data: { turn: 1, text: "Let me see.", note: false } };
const planned: NewEvent = {
  type: "action.accepted",
  data: {
    turn: 1,
    block: 0,
    author: "main",
    span: [0, 1],
    normalised: [],
    text: "",
    action: { kind: "plan", steps: ["one"] },
  },
};
const switched: NewEvent = {
  type: "model.switched",
  data: { turn: 1, from: "big", to: "small", reason: "It is away." },
};

describe("a pause", () => {
  const paused: NewEvent = { type: "run.paused", data: { by: "user", reason: "Lunch." } };
  const resumed: NewEvent = { type: "run.resumed", data: { by: "user" } };

  it("stands in the state of the run until it is resumed, and in a row of its own for good", () => {
    expect(partOf(shown([paused]), "data-run")?.data.paused).toEqual({
      at: new Date(1_000).toISOString(),
      reason: "Lunch.",
    });
    const after = shown([paused, resumed]);
    expect(partOf(after, "data-run")?.data).not.toHaveProperty("paused");
    expect(noticesOf(after)).toEqual(["Paused by you. Lunch.", "Resumed by you."]);
  });

  it("ends with the run", () => {
    const ended = shown([paused, { type: "run.cancelled", data: { by: "user", reason: "x", milliseconds: 1 } }]);
    expect(partOf(ended, "data-run")?.data).toMatchObject({ status: "cancelled" });
    expect(partOf(ended, "data-run")?.data).not.toHaveProperty("paused");
  });
});

describe("a dead letter", () => {
  it("says why nobody tries it again, and after how many attempts", () => {
    const task = partOf(shown([created, claimed(1), died]), "data-task")?.data;
    expect(task).toMatchObject({ status: "failed", dead: "poison", attempt: 3, error });
  });

  it("that is tried again in its run is a task that has not begun, in its old place, and says so", () => {
    const message = shown([created, claimed(3), died, reopened]);
    const task = partOf(message, "data-task")?.data;
    expect(task).toMatchObject({ status: "pending", attempt: 0, ref: "t1" });
    for (const gone of ["dead", "error", "endedAt", "startedAt"]) expect(task).not.toHaveProperty(gone);
    expect(noticesOf(message)).toEqual(["Task t1 is tried again, as you asked."]);
    expect(message.parts.filter((part) => part.type === "data-task")).toHaveLength(1);
  });

  it("that is tried again in a new run is named there, with the run that it comes from", () => {
    const earlier = { runId: "0197a1b2-0000-7000-8000-00000000000e", taskId };
    const notice = partOf(shown([], earlier), "data-notice");
    expect(notice?.data).toEqual({ text: expect.stringContaining("failed in an earlier one"), runId: earlier.runId });
  });
});

describe("a stand-in", () => {
  const rerouted: NewEvent = {
    type: "task.rerouted",
    taskId,
    agent: "knowledge",
    data: { from: "browser", to: "knowledge", reason: "It failed." },
  };

  it("is named on the task that it does and in a row, until another attempt begins", () => {
    const message = shown([created, claimed(1), rerouted]);
    expect(partOf(message, "data-task")?.data).toMatchObject({ agent: "browser", standIn: "knowledge" });
    expect(noticesOf(message)).toEqual([
      "Task t1 went to the knowledge agent instead of the browser agent. It failed.",
    ]);
    expect(partOf(shown([created, claimed(1), rerouted, claimed(2)]), "data-task")?.data).not.toHaveProperty("standIn");
  });

  it("stays named on what it brought", () => {
    const result = { text: "found", evidence: [], artifacts: [] };
    const done: NewEvent = { type: "task.completed", ...of, data: { result, milliseconds: 1 } };
    const task = partOf(shown([created, claimed(1), rerouted, done]), "data-task")?.data;
    expect(task).toMatchObject({ status: "completed", standIn: "knowledge" });
  });
});

describe("what is shown beside prose that is taken back", () => {
  it("stays: another model than the one that was asked, and blocks that were left alone", () => {
    const data = { turn: 1, block: 0, author: "main", span: [0, 1], reason: "fenced", text: "x" } as const;
    const message = shown([
      planning,
      switched,
      prose,
      { type: "action.ignored", data: { ...data, span: [0, 1] } },
      planned,
    ]);
    expect(message.parts.map((part) => part.type).slice(2)).toEqual([
      "step-start",
      "data-notice",
      "data-ignored",
      "reasoning",
    ]);
    expect(noticesOf(message)).toEqual(["The model small was asked instead of big. It is away."]);
  });

  it("is not repeated when nothing is taken back", () => {
    expect(noticesOf(shown([planning, prose, switched]))).toHaveLength(1);
    expect(noticesOf(shown([planning, switched, planned, prose]))).toHaveLength(1);
  });
});
