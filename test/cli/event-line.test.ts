import { expect, test } from "vitest";
import { eventLine } from "#/lib/cli/event-line.ts";
import type { DelegateAction } from "#/lib/protocol/action.ts";
import type { EventData, EventType, RunEvent } from "#/lib/protocol/event.ts";

const event = <T extends EventType>(type: T, data: EventData<T>, taskId: string | null = "1") =>
  ({ runId: "r", seq: 1, at: "2026-01-01T00:00:00Z", v: 1, type, data, ...(taskId && { taskId }) }) as RunEvent;

const delegate: DelegateAction = {
  kind: "delegate",
  agentType: "can:search",
  task: "A",
  id: "t1",
  dependsOn: [],
  mode: "consensus",
  voters: 3,
  priority: "normal",
  strict: true,
};
const accepted = { turn: 1, block: 0, span: [0, 1] as [number, number], normalised: [], text: "" };
const spec = {
  ref: "t1",
  agent: "planner" as const,
  task: "Plan\nit",
  author: "main" as const,
  mode: "parallel" as const,
  priority: "normal" as const,
  strict: true,
  dependsOn: ["t0"],
};

test.each<[RunEvent, string]>([
  [
    event("action.accepted", { ...accepted, author: "agent", action: delegate }),
    "from an agent: DELEGATE t1 to can:search, consensus of 3",
  ],
  [
    event("action.accepted", {
      ...accepted,
      author: "main",
      action: { kind: "replan", drop: ["t3"], change: { id: "t2", task: "B" } },
    }),
    "REPLAN drops t3, changes t2",
  ],
  [
    event(
      "plan.changed",
      { by: "user", dropped: ["t3", "t4"], changed: ["t2"], added: [], reason: "It is\nlate" },
      null,
    ),
    "dropped t3, t4; changed t2, by the user: It is late",
  ],
  [event("plan.changed", { by: "main", dropped: [], changed: [], added: ["t5"] }, null), "added t5, by the main agent"],
  [event("task.changed", spec), "t1 changed, planner: Plan it (after t0)"],
  [
    event("task.created", { ...spec, part: { kind: "vote", number: 2, of: 3 } }),
    "t1 planner, voter 2 of 3: Plan it (after t0)",
  ],
  [
    event("task.created", { ...spec, part: { kind: "bid", number: 1, of: 2, round: 2 } }),
    "t1 planner, asked for a bid in round 2: Plan it (after t0)",
  ],
  [
    event("task.created", { ...spec, part: { kind: "award", number: 1, of: 1 } }),
    "t1 planner, awarded: Plan it (after t0)",
  ],
  [event("task.created", { ...spec, agent: "main" }), "t1 nobody: Plan it (after t0)"],
  [
    event("task.created", { ...spec, estimate: { seconds: 15, costUsd: 0.01 } }),
    "t1 planner: Plan it (after t0; expected 15.0 s, $0.0100)",
  ],
  [
    event("task.created", { ...spec, dependsOn: [], estimate: { seconds: 0.8, costUsd: 0 } }),
    "t1 planner: Plan it (expected 0.8 s)",
  ],
  [event("task.slow", { expectedMs: 30_000 }), "t1 takes longer than the 30.0 s that were expected"],
  [
    event("task.slow", { expectedMs: 30_000, waiting: true }),
    "t1 waits longer than the 30.0 s that were expected: nobody has begun it",
  ],
  [
    event("note.posted", { noteId: "n1", kind: "fact", text: "X is\nY", source: "https://a.example" }),
    "t1, fact: X is Y (https://a.example)",
  ],
  [event("note.posted", { noteId: "n1", kind: "question", text: "Why?" }, null), "the program, question: Why?"],
  [event("note.retracted", { noteId: "n1" }), "t1 took a note back"],
  [
    event("auction.decided", {
      round: 2,
      bids: [
        { ref: "t1.b1", agent: "planner", round: 2, bid: null, score: null, reasons: [] },
        {
          ref: "t1.b2",
          agent: "knowledge",
          round: 2,
          bid: { price: 0, seconds: 1, confidence: 1 },
          score: 1,
          reasons: [],
        },
      ],
      winner: "knowledge",
      reasons: ["the lowest price", "the only bid"],
    }),
    "t1 auction, round 2, 1 bid, awarded to knowledge: the lowest price; the only bid",
  ],
  [
    event("auction.decided", { round: 1, bids: [], winner: null, reasons: [] }),
    "t1 auction, round 1, 0 bids, no award",
  ],
])("an event is told in one line: %#", (given, line) => {
  expect(eventLine(given, "t1")).toBe(line);
});
