import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillWorkflow } from "#/lib/workflow/fill-workflow.ts";
import { mustBeGiven } from "#/lib/workflow/schema.ts";
import { anyWorkflow, workflowOf } from "#/test/workflow/random-workflow.ts";

const filled = (...all: Parameters<typeof fillWorkflow>) => {
  const filling = fillWorkflow(...all);
  if ("fault" in filling) throw new Error(filling.fault);
  return filling.steps;
};
const step = (id: string, more: object = {}) => ({ id, agent: "any", task: `Do ${id}`, ...more });

describe("holes", () => {
  const workflow = workflowOf(
    [step("a", { task: "Read {{x}}, {{ y }} and {{x}}", input: { q: ["{{x}}"], "{{x}}": 1, n: null } })],
    { x: {}, y: { default: "why" } },
  );

  test("are filled in the task and in the strings of the input, and with the default where nothing is given", () => {
    const [a] = filled(workflow, new Map([["x", "$& \\ 'n'"]]));
    expect(a?.task).toBe("Read $& \\ 'n', why and $& \\ 'n'");
    expect(a?.input).toEqual({ q: ["$& \\ 'n'"], "{{x}}": 1, n: null });
  });

  test("are filled once: a hole in a value is text", () => {
    const [a] = filled(
      workflow,
      new Map([
        ["x", "{{y}}"],
        ["y", "{{x}}"],
      ]),
    );
    expect(a?.task).toBe("Read {{y}}, {{x}} and {{y}}");
  });

  test("of inputs that need not be given become empty", () => {
    const [a] = filled(workflowOf([step("a", { task: "Read{{x}}" })], { x: { required: false } }), new Map());
    expect(a?.task).toBe("Read");
  });
});

describe("a fault", () => {
  const workflow = workflowOf([step("a", { task: "{{topic}} {{place}} {{more}}" })], {
    topic: { description: "what about" },
    place: {},
    more: { default: "" },
  });

  test("names what is missing, or empty, and what to write", () => {
    expect(fillWorkflow(workflow, new Map([["place", " "]]))).toEqual({
      fault: "test needs topic (what about), place. Write --set topic=... --set place=...",
    });
    expect(fillWorkflow(workflow, new Map([["place", "here"]]), (input) => `${input}="..."`)).toEqual({
      fault: 'test needs topic (what about). Write topic="..."',
    });
  });

  test("names an input that the workflow does not have, and the nearest one", () => {
    expect(fillWorkflow(workflow, new Map([["topik", "x"]]))).toEqual({
      fault: 'test has no input "topik". Did you mean topic?',
    });
    expect(fillWorkflow(workflowOf([step("a")]), new Map([["x", "y"]]))).toEqual({
      fault: 'test has no input "x". It has none.',
    });
  });

  test.each([
    ["is empty", ""],
    ["is longer than 16384 characters", "x".repeat(16_385)],
    ["holds a control character", "\u001b[31m"],
  ])("says that a task %s", (what, value) => {
    const one = workflowOf([step("a", { task: "{{x}}" })], { x: { required: false } });
    expect(fillWorkflow(one, new Map([["x", value]]))).toEqual({
      fault: `With these values the task of step a ${what}.`,
    });
  });
});

describe("steps", () => {
  test("stand behind those that they wait for, wherever they are written", () => {
    const workflow = workflowOf([
      step("last", { after: ["b", "a"] }),
      step("a"),
      step("c"),
      step("b", { after: ["c"] }),
    ]);
    expect(filled(workflow, new Map()).map(({ ref }) => ref)).toEqual(["c", "b", "a", "last"]);
  });

  test("in MODE sequential wait for the one above them", () => {
    const chain = workflowOf(["a", "b", "c"].map((id) => step(id, { mode: "sequential" })));
    expect(filled(chain, new Map()).map(({ dependsOn, mode }) => [dependsOn, mode])).toEqual([
      [[], "sequential"],
      [["a"], "sequential"],
      [["b"], "sequential"],
    ]);
  });

  test("are never sequential to one that they do not stand below in the file", () => {
    const workflow = workflowOf([step("a", { after: ["c"] }), step("b", { mode: "sequential" }), step("c")]);
    const turned = workflowOf([step("a", { mode: "sequential", after: ["b"] }), step("b")]);
    expect(filled(workflow, new Map()).map(({ ref, mode }) => [ref, mode])).toEqual([
      ["c", "parallel"],
      ["a", "parallel"],
      ["b", "sequential"],
    ]);
    expect(filled(turned, new Map()).map(({ ref, mode, dependsOn }) => [ref, mode, dependsOn])).toEqual([
      ["b", "parallel", []],
      ["a", "parallel", ["b"]],
    ]);
  });

  test("have attempts for retries, milliseconds for a timeout, and voters where they vote", () => {
    const words = { mode: "consensus", retries: 2, timeout: "90s", condition: undefined, complexity: 3 };
    expect(filled(workflowOf([step("a", words)]), new Map())).toEqual([
      {
        ref: "a",
        agent: "any",
        task: "Do a",
        dependsOn: [],
        mode: "consensus",
        priority: "normal",
        strict: true,
        voters: 3,
        minAgreement: 0.6,
        complexity: 3,
        attempts: 3,
        timeoutMs: 90_000,
      },
    ]);
  });

  test("of any workflow keep their edges, and each hole of theirs is filled", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        const needed = Object.keys(workflow.inputs).filter((name) =>
          mustBeGiven(workflow.inputs[name] ?? { required: false, description: "" }),
        );
        const steps = filled(workflow, new Map(needed.map((name) => [name, "some value"])));
        const before = new Set<string>();
        for (const { ref, dependsOn, task } of steps) {
          expect(dependsOn.every((id) => before.has(id))).toBe(true);
          expect(task).not.toMatch(/\{\{/);
          before.add(ref);
        }
        const edges = (list: readonly { id: string; after: readonly string[] }[]) =>
          list.flatMap(({ id, after }) => after.map((other) => `${other} -> ${id}`)).sort();
        expect(edges(steps.map(({ ref, dependsOn }) => ({ id: ref, after: dependsOn })))).toEqual(
          edges(workflow.steps),
        );
      }),
      { numRuns: 100 },
    );
  });
});
