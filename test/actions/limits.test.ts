import { describe, expect, test } from "vitest";
import { parseText } from "#/lib/actions/parse-text.ts";
import { createParser } from "#/lib/actions/parser.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import type { Block } from "#/lib/protocol/action.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import { hostileTexts } from "#/test/actions/hostile.ts";

const parse = (text: string, phase: Phase = "EXECUTING", chunk?: number) =>
  parseText(text, { gate: phaseGate(phase), chunk });
const verdictOf = (block: Block | undefined) => (block?.verdict === "refused" ? block.code : block?.verdict);
const verdictsOf = (text: string, phase?: Phase) => parse(text, phase).blocks.map(verdictOf);
const delegate = (task: string) => `ACTION: DELEGATE\nAGENT_TYPE: code\nTASK: ${task}\n---END---\n`;

/** A delegation that spans exactly so many units. */
function delegateOf(units: number): string {
  const [head, tail] = ['ACTION: DELEGATE\nAGENT_TYPE: code\nTASK: a\nINPUT: {"a":"', '"}\n---END---'];
  return `${head}${"x".repeat(units - head.length - tail.length)}${tail}`;
}

describe("too-large", () => {
  test("a TASK has at most 16,384 units, without the blanks around it", () => {
    expect(verdictsOf(delegate("x".repeat(16_384)))).toEqual(["accepted"]);
    expect(verdictsOf(delegate(`   ${"x".repeat(16_384)}\n\n  `))).toEqual(["accepted"]);
    expect(verdictsOf(delegate("x".repeat(16_385)))).toEqual(["too-large"]);
    expect(verdictsOf(delegate(`${"x".repeat(16_383)}\r\ny`))).toEqual(["too-large"]);
  });

  test("a block has at most 65,536 units", () => {
    expect(verdictsOf(delegateOf(65_536))).toEqual(["accepted"]);
    expect(verdictsOf(`${delegateOf(65_536)}\n`)).toEqual(["accepted"]);
    expect(verdictsOf(delegateOf(65_537))).toEqual(["too-large"]);
    expect(verdictsOf(`ACTION: DELEGATE\n${"\n".repeat(65_536)}---END---`)).toEqual(["too-large"]);
  });

  test("the rest is skipped to its marker, and what stands behind is read", () => {
    const text = `a\n${delegate("x\n".repeat(50_000))}b\n${delegate("y")}`;
    expect(verdictsOf(text)).toEqual(["too-large", "accepted"]);
    expect(parse(text).prose).toBe("a\nb\n");
  });

  test("the rest is skipped to the next ACTION line", () => {
    const text = `ACTION: DELEGATE\nTASK: ${"x\n".repeat(50_000)}${delegate("y")}`;
    expect(verdictsOf(text)).toEqual(["too-large", "accepted"]);
    expect(parse(text).blocks[0]?.span).toEqual([0, text.indexOf("ACTION", 1)]);
  });

  test("a fence in what is skipped hides the marker", () => {
    const fenced = `\`\`\`\n---END---\n${delegate("no")}\`\`\`\n`;
    const text = `ACTION: DELEGATE\nTASK: ${"x\n".repeat(50_000)}${fenced}---END---\n${delegate("y")}`;
    expect(verdictsOf(text)).toEqual(["too-large", "accepted"]);
    expect(parse(text).prose).toBe("");
  });

  test("is named before truncated, unterminated and the phase", () => {
    expect(verdictsOf(`ACTION: DELEGATE\nTASK: ${"x".repeat(70_000)}`, "PLANNING")).toEqual(["too-large"]);
    expect(verdictsOf(`ACTION: DELEGATE\nTASK: ${"x".repeat(20_000)}`, "PLANNING")).toEqual(["too-large"]);
  });

  test("a line behind a block does not make it too large", () => {
    const text = `${delegateOf(65_500).replace("\n---END---", "\n")}ACTION: DELEGATE${" ".repeat(500)}\n---END---`;
    expect(verdictsOf(text)).toEqual(["unterminated", "missing-field"]);
  });

  test.each([1, 7, 1_000, 65_536])("is the same in pieces of %i", (chunk) => {
    const text = `${delegate("x\n".repeat(40_000))}${delegateOf(65_537)}\n${delegateOf(65_536)}\n${delegate("y")}`;
    expect(parse(text, "EXECUTING", chunk)).toEqual(parse(text));
  });
});

describe("too-many", () => {
  test("the 33rd block and all behind it", () => {
    const verdicts = verdictsOf(delegate("x").repeat(35));
    expect(verdicts.slice(0, 32)).toEqual(Array(32).fill("accepted"));
    expect(verdicts.slice(32)).toEqual(Array(3).fill("too-many"));
  });

  test("refused blocks count", () => {
    expect(verdictsOf("ACTION: DELEGATE\n---END---\n".repeat(32) + delegate("x")).at(-1)).toBe("too-many");
    expect(verdictsOf("ACTION: PLAN\n".repeat(31) + delegate("x")).at(-1)).toBe("accepted");
    expect(verdictsOf("ACTION: PLAN\n".repeat(32) + delegate("x")).at(-1)).toBe("too-many");
  });

  test("ignored blocks are text and do not", () => {
    const report = parse(`\`\`\`\n${delegate("x").repeat(40)}\`\`\`\n${delegate("y")}`);
    expect(report.blocks).toHaveLength(41);
    expect(verdictOf(report.blocks.at(-1))).toBe("accepted");
  });

  test("is named before truncated and behind too-large", () => {
    expect(verdictsOf(`${delegate("x").repeat(32)}ACTION: DELEGATE`).at(-1)).toBe("too-many");
    expect(verdictsOf(delegate("x").repeat(32) + delegate("x".repeat(17_000))).at(-1)).toBe("too-large");
  });
});

describe("hostile texts", () => {
  test.each(Object.entries(hostileTexts))("%s: the same in pieces of 1, 61 and 4,096", (_, make) => {
    const text = make(100_000);
    const whole = parse(text);
    for (const chunk of [1, 61, 4_096]) expect(parse(text, "EXECUTING", chunk)).toEqual(whole);
  });

  test("10 MB on one line are handed out as they come, and nothing of them is kept", () => {
    const parser = createParser({ gate: phaseGate("EXECUTING") });
    const piece = "lorem ipsum ".repeat(100);
    for (let sent = 0; sent < 10_000_000; sent += piece.length) {
      expect(parser.push(piece)).toEqual([{ kind: "prose", text: piece }]);
    }
    expect(parser.end("stop")).toEqual([]);
  });

  test("a block of 20 MB is skipped in little memory", () => {
    const parser = createParser({ gate: phaseGate("EXECUTING") });
    parser.push("ACTION: DELEGATE\nAGENT_TYPE: code\nTASK: ");
    const before = process.memoryUsage().heapUsed;
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index} ACTION: X\nACTION: X\n`).join("");
    for (let sent = 0; sent < 20_000_000; sent += lines.length) expect(parser.push(`${lines} `)).toEqual([]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
    const items = parser.push("\n---END---\nok");
    expect(items.filter(({ kind }) => kind === "block")).toMatchObject([{ block: { code: "too-large" } }]);
    expect(items.length).toBeLessThan(10_000);
    expect(items.at(-1)).toEqual({ kind: "prose", text: "ok" });
  });
});
