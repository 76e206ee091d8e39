import { expect, test } from "vitest";
import { headingLines, indexWords, queryWords } from "#/lib/documents/index-words.ts";

test("an identifier is indexed whole and by the words in it", () => {
  expect(indexWords("pass `abortSignal`")).toBe("pass abortSignal abort Signal");
  expect(indexWords("toUIMessageStream")).toBe("toUIMessageStream to UI Message Stream");
  expect(indexWords("DEPUTY_MAX_TASKS")).toBe("DEPUTYMAXTASKS DEPUTY MAX TASKS");
});

test("addresses of links, tags and endless words are no words", () => {
  expect(indexWords("see [the guide](https://x.example/a/b) <b>now</b>")).toBe("see the guide now");
  expect(indexWords(`a ${"x".repeat(500)} b`)).toBe("a b");
});

test("a query keeps apart what was written and what stands inside of it", () => {
  expect(queryWords("how streamText ends")).toEqual({ whole: "how streamText ends", parts: "stream Text" });
});

test("headings inside of a passage are found", () => {
  expect(headingLines("## One\n\ntext # no\n\n### Two\n")).toBe("## One ### Two");
});
