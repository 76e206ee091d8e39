import { describe, expect, it } from "vitest";
import { z } from "zod";
import { GraphOrder } from "#/lib/run/program-schema.ts";
import { faultsIn } from "#/lib/run/schema-faults.ts";

const told = (schema: z.ZodType, given: unknown, at?: string) => {
  const { error } = schema.safeParse(given);
  return error === undefined ? [] : faultsIn(error, given, at).map(({ path, message }) => `${path}: ${message}`);
};

const task = (given: Record<string, unknown>) => ({ title: "T", tasks: [{ agent: "knowledge", task: "x", ...given }] });

describe("what a graph is refused for", () => {
  it.each<[unknown, string]>([
    [[], "body: It has to be an object, and is a list."],
    ["x", "body: It has to be an object, and is a text."],
    [{ tasks: [{ agent: "any", task: "x" }] }, "title: It is missing; it has to be a text."],
    [{ title: " ", tasks: [{ agent: "any", task: "x" }] }, "title: It is empty; write something."],
    [{ title: "T", tasks: [] }, "tasks: It is empty; give at least one."],
    [{ title: "T", tasks: "x" }, "tasks: It has to be a list, and is a text."],
    [{ title: "T", tasks: [null] }, "tasks[0]: It has to be an object, and is empty (null)."],
    [task({ colour: "red" }), "tasks[0].colour: There is no such field; leave it out."],
    [
      task({ agent: "nobody" }),
      "tasks[0].agent: It is one of knowledge, planner, browser, code, test, review, debug, any, or can: and a capability.",
    ],
    [task({ task: "x".repeat(16_385) }), "tasks[0].task: It is longer than 16,384 characters; shorten it."],
    [
      task({ mode: "paralel" }),
      'tasks[0].mode: It cannot be "paralel". It is one of parallel, sequential, hierarchical, consensus, market. Did you mean parallel?',
    ],
    [task({ complexity: 1.5 }), "tasks[0].complexity: It has to be a whole number, and is 1.5."],
    [task({ complexity: 11 }), "tasks[0].complexity: It may be at most 10, and is 11."],
    [task({ minAgreement: 0.4 }), "tasks[0].minAgreement: It has to be at least 0.5, and is 0.4."],
    [task({ strict: "yes" }), "tasks[0].strict: It has to be true or false, and is a text."],
    [task({ ref: "A b" }), "tasks[0].ref: It has to be 1 to 40 of a-z, 0-9, _ and -."],
    [task({ ref: "none" }), "tasks[0].ref: It cannot be none, which stands for no task."],
    [task({ input: ["x"] }), "tasks[0].input: It has to be an object, and is a list."],
    [
      task({ dependsOn: Array(1_001).fill("a") }),
      "tasks[0].dependsOn: It has more than 1,000 entries; give fewer of them.",
    ],
  ])("%# is a plain sentence that says what to do", (graph, sentence) => {
    expect(told(GraphOrder, graph)).toEqual([sentence]);
  });

  it("has none of the schema library's own words", () => {
    const schema = z.strictObject({
      url: z.url(),
      step: z.number().multipleOf(5).lt(100),
      names: z.record(z.string().max(2), z.number()),
      either: z.union([z.literal("a"), z.array(z.string())]),
      code: z
        .string()
        .min(4)
        .regex(/^[a-z]+$/),
      pair: z.tuple([z.string(), z.number()]),
    });
    const given = { url: "x", step: 101, names: { abc: 1 }, either: 3, code: "A", pair: ["a"], more: 1 };
    const sentences = told(schema, given, "input").join("\n");
    expect(sentences.split("\n").length).toBeGreaterThanOrEqual(7);
    expect(sentences).not.toMatch(/invalid|expected|received|Too (?:big|small)|>=|<=|unrecognized/i);
    for (const line of sentences.split("\n")) expect(line).toMatch(/^input[.\w[\]]*: .*\.$/);
  });
});
