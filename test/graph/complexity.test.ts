import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { complexityOf, tierOf } from "#/lib/graph/complexity.ts";
import { Mode } from "#/lib/protocol/action.ts";

const score = (task: string) => complexityOf(task).score;

describe("how complex a task is", () => {
  it.each([
    [1, "Just look up the price."],
    [2, "What is Redis?"],
    [2, "What does the build do, and which port does it use?"],
    [3, "Research the best Python async libraries for web scraping"],
    [3, "How do I implement a custom provider?"],
    [5, "Compare Redis Streams and Kafka"],
    [5, "Write a plan for adding retries"],
    [6, "Compare LangGraph, CrewAI, AutoGen and Deputy"],
    [6, "Implement a rate limiter with Redis"],
    [8, "Fix the crash:\n```\nTypeError at parse\n```\nthen compare the fix with the last one"],
    [9, "Implement the export: then migrate the old data, then write tests"],
    [
      10,
      "Design and build a distributed, fault-tolerant queue; then migrate the data; then write tests; then document it",
    ],
  ])("is %i for: %s", (expected, task) => {
    expect(complexityOf(task)).toMatchObject({ score: expected });
  });

  it("says why, in points that add up to the score", () => {
    expect(complexityOf("Compare Redis Streams and Kafka", { dependencies: 2, mode: "consensus" })).toEqual({
      score: 7,
      reasons: [
        "+2 every task",
        "+2 something is to be judged (compare)",
        "+1 2 things compared",
        "+1 builds on 2 results",
        "+1 several answers have to be compared",
      ],
    });
  });

  it("grows with the results a task builds on, with its input, and with tasks of its own", () => {
    const plain = score("What is Redis?");
    expect(complexityOf("What is Redis?", { dependencies: 1 }).score).toBe(plain + 1);
    expect(complexityOf("What is Redis?", { dependencies: 3 }).score).toBe(plain + 2);
    expect(complexityOf("What is Redis?", { hasInput: true }).score).toBe(plain + 1);
    expect(complexityOf("What is Redis?", { mode: "hierarchical" }).score).toBe(plain + 2);
    expect(complexityOf("What is Redis?", { mode: "parallel", dependencies: 0 }).score).toBe(plain);
  });

  it("grows with length and with the points of a list", () => {
    expect(score("word ".repeat(41))).toBe(3);
    expect(score("word ".repeat(121))).toBe(4);
    expect(score("word ".repeat(251))).toBe(5);
    expect(score("For each of these:\n- one\n- two\n- three")).toBe(4);
    expect(score("What is A? What is B? What is C? What is D? What is E?")).toBe(5);
  });

  const words = fc.constantFrom(
    "implement",
    "compare",
    "what",
    "plan",
    "just",
    "whole",
    "a?",
    "- x\n",
    "```\n",
    "then",
    "x",
  );
  const tasks = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(words, { maxLength: 80 }).map((list) => list.join(" ")),
  );

  it("is a whole number from 1 to 10 for every text, the same each time, and the sum of its reasons", () => {
    const shapes = fc.record(
      { dependencies: fc.nat(20), hasInput: fc.boolean(), mode: fc.constantFrom(...Mode.options) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(tasks, shapes, (task, shape) => {
        const found = complexityOf(task, shape);
        expect(() => tierOf(found.score)).not.toThrow();
        expect(found.reasons.reduce((sum, reason) => sum + Number.parseInt(reason, 10), 0)).toBe(found.score);
        expect(complexityOf(task, shape)).toEqual(found);
      }),
    );
  });

  it.each(["x-", "a.", "a/", " ", "\n", "at a:", "a", "compare and ", "- \n", "?", "what "])(
    "is found in linear time, whatever repeats (%j)",
    (part) => {
      const before = performance.now();
      complexityOf(part.repeat(200_000));
      expect(performance.now() - before).toBeLessThan(500);
    },
  );
});

describe("what a complexity calls for", () => {
  it.each([
    [[1, 2, 3], "fast", null, 30_000],
    [[4, 5], "standard", null, 90_000],
    [[6, 7], "large", null, 180_000],
    [[8, 9, 10], "expert", "high", 600_000],
  ] as const)("%j: the %s model, priority %s, %i ms", (scores, tier, priority, expectedMs) => {
    for (const complexity of scores) expect(tierOf(complexity)).toEqual({ tier, priority, expectedMs });
  });

  it.each([0, 11, -1, 4.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d", (complexity) => {
    expect(() => tierOf(complexity)).toThrow(new RangeError("complexity is a whole number from 1 to 10"));
  });
});
