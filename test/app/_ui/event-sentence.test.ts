import { expect, test } from "vitest";
import { eventSentence } from "#/app/_ui/event-sentence.ts";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";

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
    "The run was cancelled by the user after 2.0 s: You stopped it.",
    { type: "run.cancelled", data: { by: "user", reason: "You stopped it.", milliseconds: 2_000 } },
  ],
])("%s", (sentence, event) => {
  const recorded: RunEvent = { ...event, runId: "r1", seq: 1, at: "2026-11-21T12:00:00.000Z", v: 1 };
  expect(eventSentence(recorded)).toBe(sentence);
});
