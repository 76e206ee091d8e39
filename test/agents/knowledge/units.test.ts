import { describe, expect, test } from "vitest";
import { unitsOf } from "#/agents/knowledge/units.ts";

const passage = [
  "## Renewal",
  "",
  "A lease is renewed, e.g. by a thread. See `a. B` for more!",
  "It lasts (Dr. X said) five seconds.",
  "",
  "- First item. Second sentence.",
  "  It goes on.",
  "* Other item",
  "",
  "> Quoted words. More of them.",
  "",
  "| name | does |",
  "| --- | --- |",
  "| a | b |",
  "| `x \\| y` | c\\| |",
  "",
  "### Clock",
  "",
  "**`abortSignal`**: `AbortSignal`",
  "",
  "An optional signal.",
  "",
  "```ts",
  "// aborts",
  "const a = 1;",
  "```",
  "After.",
].join("\n");

describe("the units of a passage", () => {
  const units = unitsOf(passage);

  test("stand in the passage letter by letter", () => {
    for (const unit of units) expect(passage.slice(unit.from, unit.to)).toBe(unit.text);
    expect(units.length).toBeGreaterThan(10);
  });

  test("are sentences, items, rows from cell to cell, and lines of code", () => {
    expect(units.map((unit) => [unit.kind, unit.text])).toEqual([
      ["sentence", "A lease is renewed, e.g. by a thread."],
      ["sentence", "See `a. B` for more!"],
      ["sentence", "It lasts (Dr. X said) five seconds."],
      ["item", "First item."],
      ["item", "Second sentence."],
      ["item", "It goes on."],
      ["item", "Other item"],
      ["sentence", "Quoted words."],
      ["sentence", "More of them."],
      ["row", "name | does"],
      ["row", "a | b"],
      ["row", "`x \\| y` | c\\|"],
      ["sentence", "An optional signal."],
      ["code", "// aborts"],
      ["code", "const a = 1;"],
      ["sentence", "After."],
    ]);
  });

  test("know their headings and the name of what they describe", () => {
    const described = units.find((unit) => unit.text === "An optional signal.");
    expect(described).toMatchObject({ label: "abortSignal", heading: ["Renewal", "Clock"] });
    expect(units.at(-1)).toMatchObject({ label: null, text: "After." });
  });

  test("share a block only where they stand together", () => {
    const blockOf = (text: string) => units.find((unit) => unit.text === text)?.block;
    expect(blockOf("First item.")).toBe(blockOf("It goes on."));
    expect(blockOf("First item.")).not.toBe(blockOf("Other item"));
    expect(blockOf("// aborts")).toBe(blockOf("const a = 1;"));
    expect(blockOf("An optional signal.")).not.toBe(blockOf("// aborts"));
  });

  test("of text without any structure are found, too", () => {
    expect(unitsOf("")).toEqual([]);
    expect(unitsOf("no full stop").map((unit) => unit.text)).toEqual(["no full stop"]);
  });
});
