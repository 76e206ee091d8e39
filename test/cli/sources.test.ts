import { expect, test } from "vitest";
import { Sources } from "#/lib/cli/sources.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { Evidence } from "#/lib/protocol/result.ts";
import { logOf } from "#/test/cli/fake-server.ts";
import { evidence } from "#/test/cli/runs-of-deputy.ts";

const brought = (...found: Evidence[]): NewEvent => ({
  type: "task.completed",
  agent: "knowledge",
  taskId: "t",
  data: { milliseconds: 1, result: { text: "", evidence: found, artifacts: [] } },
});

function linesFor(answer: string, ...events: NewEvent[]): string[] {
  const sources = new Sources();
  for (const event of logOf(events)) sources.take(event);
  return sources.linesFor(answer);
}

const first = { ...evidence("First", "a.md"), quote: "one" };
const second = { ...evidence("Second", "b.md"), quote: "two" };

test("sources are numbered over all results, the same quote once", () => {
  expect(linesFor("[2] and [1]", brought(first), brought(first, second))).toEqual([
    "[1] First - Guide > First - a.md",
    "[2] Second - Guide > Second - b.md",
  ]);
});

test("several numbers in one pair of brackets are all cited, each once", () => {
  expect(linesFor("so [1, 2] and [2]", brought(first, second))).toHaveLength(2);
});

test("numbers that stand for nothing and sources that nobody cites are left out", () => {
  expect(linesFor("see [7] and RFC [9999999]", brought(first, second))).toEqual([]);
});

test("a title cannot break its line", () => {
  const twisted = { ...first, source: { ...first.source, title: "A\nB\u001b[2J", heading: [] } };
  expect(linesFor("[1]", brought(twisted))).toEqual(["[1] A B[2J - a.md"]);
});
