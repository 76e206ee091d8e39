import { expect, test } from "vitest";
import { readableQuote, repeats } from "#/app/_ui/quote-text.ts";

const wrapped =
  "Deputy makes sure that a task's result is stored exactly once by three\nrules: a worker claims the task by one conditional update that raises it\nonce.";

test("prose that was wrapped at a column becomes one paragraph", () => {
  expect(readableQuote(wrapped)).toBe(wrapped.replaceAll("\n", " "));
});

test.each([["const a = 1;\nconst b = 2;"], [`- ${"a ".repeat(40)}\n- b`], [`| ${"a | ".repeat(20)}\n| b |`]])(
  "lines that mean something are kept: %j",
  (quote) => expect(readableQuote(quote)).toBe(quote),
);

test("a claim that only repeats its quote is known as such, whatever its line breaks", () => {
  expect(repeats(`Why it is stored once: ${wrapped.replaceAll("\n", " ")}`, wrapped)).toBe(true);
  expect(repeats("Results are stored once.", wrapped)).toBe(false);
});
