import { describe, expect, test } from "vitest";
import { describePreview, mayDelegate, previewTitle } from "#/app/_ui/delegation-text.ts";
import type { Block, DelegateAction } from "#/lib/protocol/action.ts";

describe("a message may delegate when", () => {
  test.each([
    "/delegate knowledge X",
    "/consensus 3 knowledge X",
    "/parallel",
    "/sequential\nknowledge: X",
    "/market any X",
    "/hierarchical planner X",
    "/board\nknowledge: X",
    "/workflow",
  ])("it begins with a short form: %j", (text) => expect(mayDelegate(text)).toBe(true));

  test("a line of it begins with ACTION:", () => {
    expect(mayDelegate("Please do this.\nACTION: DELEGATE\nAGENT_TYPE: knowledge")).toBe(true);
  });

  test.each(["What is /delegate?", "/delegated", "My action: none", "  ACTION: DELEGATE", ""])(
    "and not with %j",
    (text) => expect(mayDelegate(text)).toBe(false),
  );
});

describe("the preview", () => {
  test("names what would be dispatched, one line a task", () => {
    const blocks = [
      accepted({ task: "Research X\nin detail" }),
      accepted({ mode: "consensus", voters: 5, task: "Is X true?" }),
    ];
    expect(describePreview({ blocks, nearMisses: [] }).map((line) => line.text)).toEqual([
      "would dispatch: knowledge: Research X",
      "would dispatch: knowledge (consensus of 5): Is X true?",
    ]);
  });

  test("says after which tasks one runs", () => {
    const [line] = describePreview({ blocks: [accepted({ dependsOn: ["t1", "t2"] })], nearMisses: [] });
    expect(line?.text).toBe("would dispatch: knowledge after t1, t2: Research X");
  });

  test("names the way in which a task is done, and whom it is for when no agent is named", () => {
    const blocks = [accepted({ mode: "market", agentType: "any" }), accepted({ mode: "hierarchical" })];
    expect(describePreview({ blocks, nearMisses: [] }).map((line) => line.text)).toEqual([
      "would dispatch: whoever suits it best (auction): Research X",
      "would dispatch: knowledge (may delegate): Research X",
    ]);
  });

  test("tells refusals apart, and ends with the near misses", () => {
    const refused: Block = { verdict: "refused", span: [0, 1], code: "unknown-agent", message: "There is no agent x." };
    const lines = describePreview({
      blocks: [refused],
      nearMisses: [{ span: [2, 3], hint: "Write ACTION: DELEGATE." }],
    });
    expect(lines).toEqual([
      { kind: "refused", text: "There is no agent x." },
      { kind: "hint", text: "Write ACTION: DELEGATE." },
    ]);
  });
});

describe("the title of the preview", () => {
  const titleOf = (blocks: Block[], estimate?: { seconds: number; costUsd: number; path: string[] }) =>
    previewTitle({ blocks, nearMisses: [], ...(estimate && { estimate }) });

  test("names what the tasks make together, those of MODE sequential after the one before", () => {
    const sequential = ["t1", "t2", "t3"].map((id) => accepted({ id, mode: "sequential" }));
    expect(titleOf(sequential)).toBe("A chain of 3");
    expect(titleOf([accepted({ id: "a" }), accepted({ id: "b" })])).toBe("2 in parallel");
    expect(titleOf([accepted({ mode: "consensus", voters: 5 })])).toBe("A vote of 5");
    expect(titleOf([accepted({})])).toBe("One task");
  });

  test("says that the tasks share a board", () => {
    const both = ["a", "b"].map((id) => accepted({ id, input: { board: true } }));
    expect(titleOf(both)).toBe("2 in parallel with a shared board");
  });

  test("says what is expected, where that is known", () => {
    expect(titleOf([accepted({})], { seconds: 90, costUsd: 0, path: ["t1"] })).toBe(
      "One task, expected to take 1 min 30 s",
    );
    expect(titleOf([accepted({})], { seconds: 20, costUsd: 0.5, path: [] })).toBe(
      "One task, expected to take 20 s and $0.50",
    );
  });

  test("is not there when nothing would be dispatched", () => {
    expect(titleOf([{ verdict: "refused", span: [0, 1], code: "bad-value", message: "No." }])).toBeNull();
  });
});

function accepted(change: Partial<DelegateAction>): Block {
  const action: DelegateAction = {
    kind: "delegate",
    agentType: "knowledge",
    task: "Research X",
    id: "t1",
    dependsOn: [],
    mode: "parallel",
    priority: "normal",
    strict: true,
    ...change,
  };
  return { verdict: "accepted", span: [0, 1], normalised: [], action };
}
