import { expect, test } from "vitest";
import { readUserMessage } from "#/lib/actions/user-message.ts";

test.each([
  "Hello",
  "",
  "Please /delegate knowledge X",
  "Pasted:\n> ACTION: DELEGATE\n> ---END---",
  "```\nACTION: DELEGATE\n---END---\n```",
  "Action: we should look at this",
])("%j is just a message", (text) => {
  const reading = readUserMessage(text);
  expect(reading.delegates).toBe(false);
  expect(reading.report.prose).toBe(text);
});

test.each([
  "ACTION: DELEGATE\nAGENT_TYPE: code\nTASK: A\n---END---",
  "ACTION: PLAN\nSTEPS: - a\n---END---",
  "ACTION: DELEGATE",
  "/delegate",
  "/parallel\ncode: A",
])("%j delegates, right or wrong", (text) => {
  expect(readUserMessage(text).delegates).toBe(true);
});

test("items carry what was written", () => {
  const { items } = readUserMessage("/parallel\r\ncode: A\r\nplanner: B");
  expect(items.map(({ text }) => text)).toEqual(["/parallel\ncode: A", "planner: B"]);
});

test("a gate of the caller, and IDs that are taken", () => {
  const gate = { refuses: () => null, admit: () => ({ code: "budget" as const, message: "No task is left." }) };
  const refused = readUserMessage("/delegate code A", { gate }).report.blocks;
  // No other words would help: nobody is told to write something.
  expect(refused).toMatchObject([{ code: "budget", message: "No task is left." }]);
  const accepted = readUserMessage("/delegate code A", { taken: ["t1"] }).report.blocks;
  expect(accepted).toMatchObject([{ action: { id: "t2" } }]);
});

test("the 33rd task of a list is too many, and a line can be too large", () => {
  const { blocks } = readUserMessage(`/parallel\n${"code: A\n".repeat(33)}`).report;
  expect(blocks.map((block) => block.verdict).lastIndexOf("accepted")).toBe(31);
  expect(blocks[32]).toMatchObject({ code: "too-many" });
  expect(readUserMessage(`/delegate code ${"x".repeat(16_385)}`).report.blocks).toMatchObject([{ code: "too-large" }]);
});
