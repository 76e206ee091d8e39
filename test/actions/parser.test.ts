import { describe, expect, test } from "vitest";
import { createParser, type ParserItem } from "#/lib/actions/parser.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import type { Gate } from "#/lib/protocol/gate.ts";

const block = "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: A\n---END---";
const open = () => createParser({ gate: phaseGate("EXECUTING") });
const proseOf = (items: readonly ParserItem[]) =>
  items.map((item) => (item.kind === "prose" ? item.text : "")).join("");

describe("prose is handed out early", () => {
  /** Pushed unit by unit; the number is how many of the last units may be held back at most at any time. */
  test.each([
    ["Hello world, this is prose.\nAnd on.\n", 1],
    ["A cat\nActs\nActing\n", 4],
    ["- one\n- two\n1. three\n> four\n", 0],
    ["---\n---END---\n", 0],
    ["*one*\n**two** three\n_four_\n", 2],
    ["  indented ACTION: DELEGATE\n", 0],
    ["```\nACTION: DELEGATE\n```\n", 0],
    ["<!-- ACTION: DELEGATE\nACTION: DELEGATE\n-->\n", 0],
    ["1 < b and a `code` ACTION: DELEGATE\n", 0],
    ["action items\n", 7],
    ["ACTION: deLight\n", 11],
    ["😀 ok\n", 1],
  ])("%j: at most %i units are held", (text, most) => {
    const parser = open();
    let seen = "";
    let longest = 0;
    for (let at = 0; at < text.length; at += 1) {
      seen += proseOf(parser.push(text.charAt(at)));
      longest = Math.max(longest, at + 1 - seen.length);
    }
    expect(longest).toBe(most);
    expect(seen + proseOf(parser.end("stop"))).toBe(text);
  });

  test("a line that may become an ACTION line is not shown before it has shown what it is", () => {
    const parser = open();
    expect(parser.push("x\nACTI")).toEqual([{ kind: "prose", text: "x\n" }]);
    expect(parser.push("ON: DELEGATE")).toEqual([]);
    expect(parser.push(" of")).toEqual([{ kind: "prose", text: "ACTION: DELEGATE of" }]);
  });

  test.each([
    "ACTION: DELEGATE",
    "  ".slice(2).concat("action :\tdelegate \u00a0"),
    "**ACTION:** DELEGATE",
    "***ACTION*** : ___delegate___",
    "_**ACTION :** *PLAN*_",
    "**_ACTION_: LEARN**",
    "___ACTION: VERIFY___",
  ])("no unit of %j is ever shown", (line) => {
    const parser = open();
    const shown = [...line, "\n", ..."x\n---END---\n"].map((unit) => proseOf(parser.push(unit))).join("");
    expect(shown).toBe("");
  });

  test("a block is decided with the line end of its marker, or with the end of the text", () => {
    const parser = open();
    expect(parser.push(block)).toEqual([]);
    expect(parser.push("\r")).toMatchObject([{ kind: "block", block: { verdict: "accepted" }, text: block }]);
    expect(parser.push("\n")).toEqual([]);
    expect(parser.push(block)).toEqual([]);
    expect(parser.end("stop")).toMatchObject([{ kind: "block", block: { verdict: "accepted" } }]);
    expect(parser.end("stop")).toEqual([]);
  });

  test("what is held back at the end of the text is prose", () => {
    const parser = open();
    expect(parser.push("ACTION: DELEG")).toEqual([]);
    expect(parser.end("length")).toEqual([
      { kind: "prose", text: "ACTION: DELEG" },
      { kind: "near-miss", nearMiss: { span: [0, 13], hint: expect.any(String) }, text: "ACTION: DELEG" },
    ]);
  });
});

describe("items", () => {
  test("come in the order of the text, blocks before what is inside of them", () => {
    const text = `a\nACTION: X\nb\nACTION: DELEGATE\nAGENT_TYPE: code\nTASK: t\nACTION: Y\n\`\`\`\n${block}\n\`\`\`\n---END---\nc`;
    const parser = open();
    const items = [...parser.push(text), ...parser.end("stop")];
    expect(items.map((item) => (item.kind === "block" ? item.block.verdict : item.text))).toEqual([
      "a\nACTION: X",
      "ACTION: X",
      "\nb\n",
      "accepted",
      "ACTION: Y",
      "ignored",
      "c",
    ]);
  });

  test("give a block as it was written, with LF, cut at 2,000 units", () => {
    const parser = open();
    const [item] = parser.push(`${block.replaceAll("\n", "\r\n")}\r\n`);
    expect(item?.text).toBe(block);
    const [long] = parser.push(`ACTION: DELEGATE\n\nTASK: ${"x".repeat(5_000)}\n---END---\n`);
    expect(long?.text).toBe(`ACTION: DELEGATE\n\nTASK: ${"x".repeat(2_000)}`.slice(0, 2_000));
  });

  test("never end in half a character while the other half may come", () => {
    const parser = open();
    expect(parser.push("a\ud83d")).toEqual([{ kind: "prose", text: "a" }]);
    expect(parser.push("\ude00")).toEqual([{ kind: "prose", text: "😀" }]);
    expect(parser.push("b\ud83d")).toEqual([{ kind: "prose", text: "b" }]);
    expect(parser.end("stop")).toEqual([{ kind: "prose", text: "\ud83d" }]);
  });
});

describe("the gate", () => {
  test("is asked once for each block that is complete, and last of all for the action", () => {
    const asked: string[] = [];
    const gate: Gate = {
      refuses(kind) {
        asked.push(`refuses ${kind}`);
        return null;
      },
      admit(action) {
        asked.push(`admit ${action.kind}`);
        return { code: "budget", message: "no more" };
      },
    };
    const parser = createParser({ gate });
    const items = parser.push(
      `${block}\nACTION: DELEGATE\n---END---\nACTION: PLAN\nACTION: LEARN\nLESSON: x\n---END---\n`,
    );
    expect(asked).toEqual(["refuses delegate", "admit delegate", "refuses delegate", "refuses learn", "admit learn"]);
    expect(items.map((item) => item.kind === "block" && item.block.verdict === "refused" && item.block.code)).toEqual([
      "budget",
      "missing-field",
      "unterminated",
      "budget",
    ]);
  });

  test("what it does not admit takes no ID", () => {
    let admitted = 0;
    const gate: Gate = {
      refuses: () => null,
      admit: () => (admitted++ === 0 ? { code: "budget", message: "later" } : null),
    };
    const items = createParser({ gate }).push(`${block}\n${block}\n`);
    expect(items[1]).toMatchObject({ block: { verdict: "accepted", action: { id: "t1" } } });
  });
});
