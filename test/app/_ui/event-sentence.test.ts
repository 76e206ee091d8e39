import { expect, test } from "vitest";
import { eventSentence } from "#/app/_ui/event-sentence.ts";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const offer = { price: 0, seconds: 1, confidence: 1 };
const spec: TaskSpec = {
  ref: "t1",
  agent: "knowledge",
  task: "Is it so?",
  author: "main",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
};

test.each<[string, NewEvent]>([
  ["Planning ended, executing began.", { type: "run.phase-changed", data: { from: "PLANNING", to: "EXECUTING" } }],
  ["Working note: blank lines", { type: "text.appended", data: { turn: 1, text: "\n\n", note: true } }],
  [
    "Refused, a required field is missing: TASK is missing.",
    {
      type: "action.refused",
      data: {
        turn: 1,
        block: 0,
        author: "main",
        span: [0, 9],
        code: "missing-field",
        message: "TASK is missing.",
        text: "",
      },
    },
  ],
  [
    "Attempt 1 failed; the next one starts in 1.0 s. The model stalled.",
    {
      type: "task.retried",
      data: { attempt: 1, delayMs: 1_000, reason: { code: "model-stalled", message: "The model stalled." } },
    },
  ],
  [
    "The task failed after 1 attempt: No such page. As it stands, another attempt is not expected to help.",
    {
      type: "task.failed",
      data: { error: { code: "not-found", message: "No such page." }, attempts: 1, dead: "final" },
    },
  ],
  ["No agent was found for the task: Is it so?", { type: "task.created", data: { ...spec, agent: "main" } }],
  ["The run was paused by the user. Lunch.", { type: "run.paused", data: { by: "user", reason: "Lunch." } }],
  [
    "Knowledge takes over from Browser: It failed.",
    { type: "task.rerouted", data: { from: "browser", to: "knowledge", reason: "It failed." } },
  ],
  [
    "The task was completed in 40 ms with 0 findings.",
    { type: "task.completed", data: { milliseconds: 40, result: { text: "", evidence: [], artifacts: [] } } },
  ],
  [
    "The model m was called (fast): 12 tokens in, ? out, 2.0 s.",
    {
      type: "model.called",
      data: { tier: "fast", model: "m", inputTokens: 12, outputTokens: null, costUsd: null, milliseconds: 2_000 },
    },
  ],
  [
    "Knowledge was given the task, vote 2 of 3: Is it so?",
    { type: "task.created", data: { ...spec, ref: "t1.v2", part: { kind: "vote", number: 2, of: 3 } } },
  ],
  [
    "Knowledge was given the task, bid 1 of 2 in round 2: Is it so?",
    { type: "task.created", data: { ...spec, ref: "t1.b3", part: { kind: "bid", number: 1, of: 2, round: 2 } } },
  ],
  [
    "Knowledge was given the task, the award: Is it so?",
    { type: "task.created", data: { ...spec, ref: "t1.a1", part: { kind: "award", number: 1, of: 1 } } },
  ],
  ["The task was changed before it started. Knowledge is to do: Is it so?", { type: "task.changed", data: spec }],
  [
    "The task takes longer than the 30 s that were expected; it goes on.",
    { type: "task.slow", data: { expectedMs: 30_000 } },
  ],
  [
    "The task waits longer than the 30 s that were expected: nobody has begun it yet.",
    { type: "task.slow", data: { expectedMs: 30_000, waiting: true } },
  ],
  [
    "The plan was changed by the main agent: dropped t1, t2, added t4. They failed.",
    {
      type: "plan.changed",
      data: { by: "main", dropped: ["t1", "t2"], changed: [], added: ["t4"], reason: "They failed." },
    },
  ],
  [
    "Question posted on the board: Who knows?",
    { type: "note.posted", data: { noteId: "n", kind: "question", text: "Who knows?" } },
  ],
  ["A note on the board was retracted by its author.", { type: "note.retracted", data: { noteId: "n" } }],
  [
    "Round 1 of the auction ended with 1 bid: the task goes to Planner. It is the cheapest.",
    {
      type: "auction.decided",
      data: {
        round: 1,
        winner: "planner",
        reasons: ["It is the cheapest."],
        bids: [
          { ref: "t1.b1", agent: "planner", round: 1, bid: offer, score: 1, reasons: [] },
          { ref: "t1.b2", agent: "browser", round: 1, bid: null, score: null, reasons: [] },
        ],
      },
    },
  ],
  [
    "Accepted: a change of the plan: drop t2, change t3. It is not needed.",
    {
      type: "action.accepted",
      data: {
        turn: 1,
        block: 0,
        author: "main",
        normalised: [],
        text: "",
        span: [0, 9],
        action: { kind: "replan", drop: ["t2"], change: { id: "t3", task: "x" }, reason: "It is not needed." },
      },
    },
  ],
  [
    "The run was cancelled by the user after 2.0 s: You stopped it.",
    { type: "run.cancelled", data: { by: "user", reason: "You stopped it.", milliseconds: 2_000 } },
  ],
])("%s", (sentence, event) => {
  const recorded: RunEvent = { ...event, runId: "r1", seq: 1, at: "2026-11-21T12:00:00.000Z", v: 1 };
  expect(eventSentence(recorded)).toBe(sentence);
});
