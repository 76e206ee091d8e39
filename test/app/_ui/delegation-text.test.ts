import { describe, expect, test } from "vitest";
import { describePreview, mayDelegate } from "#/app/_ui/delegation-text.ts";
import type { Block, DelegateAction } from "#/lib/protocol/action.ts";

describe("a message may delegate when", () => {
  test.each(["/delegate knowledge X", "/consensus 3 knowledge X", "/parallel", "/sequential\nknowledge: X"])(
    "it begins with a short form: %j",
    (text) => expect(mayDelegate(text)).toBe(true),
  );

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
