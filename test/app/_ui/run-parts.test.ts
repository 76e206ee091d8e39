import { describe, expect, test } from "vitest";
import { answerOf, answerWithSources, citedNumbers } from "#/app/_ui/run-parts.ts";
import type { DeputyMessage, TaskPart } from "#/lib/chat/parts.ts";

describe("citedNumbers", () => {
  test("finds each number once, in rising order, lists included", () => {
    expect(citedNumbers("b [2], a [1, 3] and [2] again")).toEqual([1, 2, 3]);
  });

  test("leaves other brackets alone", () => {
    expect(citedNumbers("[x] [ 1 ] [12345] [-1] []")).toEqual([]);
  });
});

describe("the answer of a run", () => {
  test("is its prose without what is marked as a note", () => {
    expect(answerOf(message())).toBe("It settles once [1].");
  });

  test("is copied with the sources that it cites, and no others", () => {
    expect(answerWithSources(message())).toBe("It settles once [1].\n\n[1] Architecture › Delivery, docs/a.md");
  });
});

function message(): DeputyMessage {
  return {
    id: "run_1",
    role: "assistant",
    parts: [
      { type: "text", text: "I will look.", providerMetadata: { deputy: { turn: 1, note: true } } },
      { type: "reasoning", text: "A note of another kind." },
      { type: "data-task", id: "a", data: task() },
      { type: "text", text: "It settles once [1].", providerMetadata: { deputy: { turn: 2, note: false } } },
    ],
  };
}

function task(): TaskPart {
  const source = { title: "Architecture", heading: ["Delivery"], url: "/documents/d#passage-1", origin: "docs/a.md" };
  const evidence = [1, 2].map((n) => ({ n, claim: "c", quote: "q", source }));
  return {
    taskId: "a",
    ref: "t1",
    agent: "knowledge",
    task: "Find it",
    author: "main",
    mode: "parallel",
    strict: true,
    dependsOn: [],
    status: "completed",
    attempt: 1,
    createdAt: "2026-11-21T12:00:00.000Z",
    result: { text: "", evidence, artifacts: [] },
  };
}
