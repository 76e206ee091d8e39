import { expect, test } from "vitest";
import { nestsTooDeep } from "#/app/_ui/nesting.ts";

test.each([
  ["a quote in a quote", "> > > so it goes"],
  ["a rule of dashes", "- ".repeat(20)],
  ["a long table of emphasis", "| **a** | *b* | [c](https://example.com) |\n".repeat(2_000)],
  ["a long list of links", "- [a](https://example.com) and [1] and [2]\n".repeat(2_000)],
  ["a rule of underscores", `text\n\n${"_".repeat(400)}\n\ntext`],
  ["a sum with stars", "2 * 3 * 4 = 24"],
])("%s is no deep nesting", (_name, text) => {
  expect(nestsTooDeep(text)).toBe(false);
});

test.each([
  ["quotes", `text\n\n${"> ".repeat(60)}x`],
  ["brackets", `${"[".repeat(300)}x`],
  ["emphasis", "*a ".repeat(300)],
])("deeply nested %s are", (_name, text) => {
  expect(nestsTooDeep(text)).toBe(true);
});
