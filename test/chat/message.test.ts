import { readUIMessageStream } from "ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeputyMessage } from "#/lib/chat/parts.ts";
import { type DeputyChunk, MessageFold } from "#/lib/chat/to-chunks.ts";
import { toMessage } from "#/lib/chat/to-message.ts";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const runId = "0197a1b2-0000-7000-8000-000000000001";
const evidence = (quote: string, url: string) => ({
  claim: quote,
  quote,
  source: { title: "Page", heading: ["A", "B"], url, origin: url },
});

/** Events as the log would number them. */
const log = (events: NewEvent[]): RunEvent[] =>
  events.map((event, index) => ({ ...event, runId, seq: index + 1, at: "2026-11-21T10:00:00.000Z", v: 1 }) as RunEvent);

const started: NewEvent = {
  type: "run.started",
  data: { conversationId: "c", messageId: "m", text: "hi", rootTaskId: "r", offline: true },
};
const turnStarted = (turn: number, phase: "PLANNING" | "EXECUTING" | "VERIFYING" | "LEARNING"): NewEvent => ({
  type: "turn.started",
  data: { turn, phase },
});
const text = (turn: number, words: string, note = false): NewEvent => ({
  type: "text.appended",
  data: { turn, text: words, note },
});
const turnEnded = (turn: number, given: { note?: boolean; finish?: "stop" | "interrupted" } = {}): NewEvent => ({
  type: "turn.ended",
  data: { turn, finish: given.finish ?? "stop", note: given.note ?? false },
});
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
const spec: TaskSpec = {
  ref: "t1",
  agent: "knowledge",
  task: "Look",
  author: "main",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
};
const created = (taskId: string): NewEvent => ({ type: "task.created", taskId, agent: "knowledge", data: spec });
const completed = (taskId: string, ...found: ReturnType<typeof evidence>[]): NewEvent => ({
  type: "task.completed",
  taskId,
  agent: "knowledge",
  data: { result: { text: "found", evidence: found, artifacts: [] }, milliseconds: 5 },
});
const done: NewEvent = { type: "run.completed", data: { milliseconds: 5 } };

const wholeRun: NewEvent[] = [
  started,
  turnStarted(1, "PLANNING"),
  text(1, "Let me look."),
  planned,
  { type: "plan.proposed", data: { steps: ["one"] } },
  { type: "run.phase-changed", data: { from: "PLANNING", to: "EXECUTING" } },
  created("a"),
  { type: "task.dispatched", taskId: "a", agent: "knowledge", data: {} },
  text(1, "It will say yes.", true),
  turnEnded(1, { note: true }),
  { type: "task.claimed", taskId: "a", agent: "knowledge", data: { claim: 1, attempt: 1, workerId: "w" } },
  { type: "task.progressed", taskId: "a", agent: "knowledge", data: { text: "Searching" } },
  completed("a", evidence("yes", "/x"), evidence("no", "/y"), evidence("yes", "/x")),
  turnStarted(2, "VERIFYING"),
  text(2, "The answer [1]"),
  text(2, " is yes."),
  turnEnded(2),
  done,
];

const textOf = (message: DeputyMessage, type: "text" | "reasoning") =>
  message.parts.flatMap((part) => (part.type === type ? [part.text] : []));

async function readBySdk(events: readonly RunEvent[]): Promise<DeputyMessage | undefined> {
  const fold = new MessageFold();
  const chunks = events.flatMap((event) => fold.push(event));
  const stream = new ReadableStream<DeputyChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  let last: DeputyMessage | undefined;
  for await (const message of readUIMessageStream<DeputyMessage>({ stream, onError: () => {} })) last = message;
  return last;
}

describe("the message of a run", () => {
  it("holds the answer as text and working notes as reasoning", () => {
    const message = toMessage(log(wholeRun));
    expect(textOf(message, "text")).toEqual(["The answer [1] is yes."]);
    expect(textOf(message, "reasoning")).toEqual(["Let me look.", "It will say yes."]);
  });

  it("streams the prose of PLANNING as text while it may be the answer", () => {
    const message = toMessage(log([started, turnStarted(1, "PLANNING"), text(1, "Hello."), turnEnded(1), done]));
    expect(textOf(message, "text")).toEqual(["Hello."]);
  });

  it("numbers each source once, in the order in which results settled", () => {
    const message = toMessage(log(wholeRun));
    const sources = message.parts.flatMap((part) => (part.type === "source-url" ? [[part.sourceId, part.url]] : []));
    expect(sources).toEqual([
      ["1", "/x"],
      ["2", "/y"],
    ]);
    const task = message.parts.find((part) => part.type === "data-task");
    expect(task?.data.result?.evidence.map(({ n }) => n)).toEqual([1, 2, 1]);
  });

  it("shows a task's state as it changes, in one part", () => {
    const parts = toMessage(log(wholeRun)).parts.filter((part) => part.type === "data-task");
    expect(parts).toHaveLength(1);
    expect(parts[0]?.data).toMatchObject({ status: "completed", attempt: 1 });
    expect(parts[0]?.data).not.toHaveProperty("activity");
  });

  it("marks results that the model invented behind its own delegation, and only those", () => {
    const delegated: NewEvent = {
      ...planned,
      data: {
        ...planned.data,
        action: {
          kind: "delegate",
          agentType: "knowledge",
          task: "x",
          id: "t1",
          dependsOn: [],
          mode: "parallel",
          priority: "normal",
          strict: true,
        },
      },
    } as NewEvent;
    const noticesOf = (events: NewEvent[]) =>
      toMessage(log([started, turnStarted(1, "EXECUTING"), ...events, turnEnded(1), done])).parts.flatMap((part) =>
        part.type === "data-notice" ? [part.data.text] : [],
      );
    expect(noticesOf([delegated, text(1, "\nResul", true), text(1, "t: 42", true)])).toEqual([
      expect.stringContaining("made up"),
    ]);
    expect(noticesOf([delegated, text(1, "The result: we shall see.", true)])).toEqual([]);
    expect(noticesOf([text(1, "RESULT: before any delegation", true), delegated])).toEqual([]);
  });

  it("goes on in the same text part when an answer was cut off", () => {
    const cut = log([
      started,
      turnStarted(1, "LEARNING"),
      text(1, "First half, "),
      turnEnded(1, { finish: "interrupted" }),
      turnStarted(2, "LEARNING"),
      text(2, "second half."),
      turnEnded(2),
      done,
    ]);
    expect(textOf(toMessage(cut), "text")).toEqual(["First half, second half."]);
  });

  it("skips the main agent's own task and events of types that it does not show", () => {
    const claimed: NewEvent = {
      type: "task.claimed",
      taskId: "r",
      agent: "main",
      data: { claim: 1, attempt: 1, workerId: "w" },
    };
    const called: NewEvent = {
      type: "model.called",
      data: { tier: "fast", model: "m", inputTokens: 1, outputTokens: 1, costUsd: null, milliseconds: 1 },
    };
    const types = toMessage(log([started, claimed, called, done])).parts.map((part) => part.type);
    expect(types).toEqual(["data-run", "data-phase"]);
  });

  it("is the same as what the AI SDK's own reader builds from the stream", async () => {
    expect(toMessage(log(wholeRun))).toEqual(await readBySdk(log(wholeRun)));
  });

  it("is the same as what the AI SDK builds for any order of events", async () => {
    const pieces = fc.constantFrom(
      ...wholeRun.slice(1, -1),
      text(3, " "),
      text(3, "x", true),
      turnEnded(3, { finish: "interrupted" }),
      { type: "run.paused", data: { by: "user" } },
      { type: "run.resumed", data: { by: "user" } },
      { type: "model.switched", data: { from: "a", to: "b", reason: "It is away." } },
      { type: "task.rerouted", taskId: "a", agent: "planner", data: { from: "knowledge", to: "planner", reason: "x" } },
      { type: "task.failed", taskId: "a", data: { error: { code: "x", message: "y" }, attempts: 3, dead: "attempts" } },
      { type: "task.reopened", taskId: "a", data: { by: "user", attempts: 3 } },
      { type: "task.slow", taskId: "a", data: { expectedMs: 5 } },
      { type: "task.changed", taskId: "a", data: { ...spec, task: "Look elsewhere" } },
      { type: "task.created", taskId: "v", data: { ...spec, ref: "t1.v1", part: { kind: "vote", number: 1, of: 1 } } },
      { type: "note.posted", taskId: "a", agent: "knowledge", data: { noteId: "n", kind: "fact", text: "x" } },
      { type: "note.retracted", taskId: "a", data: { noteId: "n" } },
      { type: "plan.changed", data: { by: "user", dropped: ["t1"], changed: [], added: [] } },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 25 }), async (events) => {
        const all = log([started, ...events, done]);
        expect(toMessage(all)).toEqual(await readBySdk(all));
      }),
      { numRuns: 200 },
    );
  });
});
