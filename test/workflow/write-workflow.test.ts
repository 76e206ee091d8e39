import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWorkflow } from "#/lib/workflow/read-workflow.ts";
import type { Workflow } from "#/lib/workflow/schema.ts";
import { writeWorkflow } from "#/lib/workflow/write-workflow.ts";
import { anyWorkflow, workflowOf } from "#/test/workflow/random-workflow.ts";

const folder = fileURLToPath(new URL("../../workflows", import.meta.url));

function read(text: string): Workflow {
  const reading = readWorkflow(text);
  if ("faults" in reading) throw new Error(JSON.stringify(reading.faults));
  return reading.workflow;
}

describe("from file to graph to file", () => {
  test("a workflow that was written is read as the same, and written again letter by letter", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        const text = writeWorkflow(workflow);
        expect(read(text)).toEqual(workflow);
        expect(writeWorkflow(read(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test("the same workflow as JSON is read as the same", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        const seconds = workflow.steps.map(({ timeout, ...step }) => ({
          ...step,
          ...(timeout !== undefined && { timeout: timeout / 1_000 }),
        }));
        expect(read(JSON.stringify({ ...workflow, steps: seconds }, null, "\t"))).toEqual(workflow);
      }),
      { numRuns: 100 },
    );
  });

  test.each(readdirSync(folder))("%s is canonical, without a warning, and called as its file is", (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const reading = readWorkflow(text);
    expect("workflow" in reading && reading.warnings).toEqual([]);
    expect(writeWorkflow(read(text))).toBe(text);
    expect(`${read(text).name}.yaml`).toBe(file);
  });

  test("six workflows are shipped", () => {
    expect(readdirSync(folder)).toHaveLength(6);
  });
});

describe("the canonical form", () => {
  test("says how to run it, leaves defaults out and keeps lines of a task", () => {
    const step = { id: "a", agent: "any", task: "One\nTwo {{x}}", timeout: 120, after: ["b", "c"] };
    const others = ["b", "c"].map((id) => ({ id, agent: "planner", task: "{{y}} first" }));
    expect(writeWorkflow(workflowOf([step, ...others], { x: {}, y: { default: "z" } }))).toBe(`\
# Run it:      deputy workflow run test --set x="..."
# In the chat: /workflow test x="..."

deputy: 1
name: test
title: Test

inputs:
  x: {}
  y:
    default: z

steps:
  - id: a
    agent: any
    task: |-
      One
      Two {{x}}
    after: [b, c]
    timeout: 2m

  - id: b
    agent: planner
    task: "{{y}} first"

  - id: c
    agent: planner
    task: "{{y}} first"
`);
  });
});
