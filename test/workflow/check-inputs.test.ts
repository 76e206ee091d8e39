import { expect, test } from "vitest";
import { z } from "zod";
import { readWorkflow } from "#/lib/workflow/read-workflow.ts";

const schema = z.strictObject({
  url: z.url().optional(),
  depth: z.int().max(9).optional(),
  kind: z.enum(["page", "table"]).optional(),
  either: z.union([z.boolean(), z.url()]).optional(),
  documents: z.array(z.string().min(3)).min(1).optional(),
});
const asksFor = z.looseObject({ plan: z.string() });
const schemas = new Map([
  ["browser", { ...z.toJSONSchema(schema, { io: "input" }) }],
  ["planner", { ...z.toJSONSchema(asksFor, { io: "input" }) }],
]);

/** Of a workflow whose one step has this input. */
function faultsOf(input: string, step = "agent: browser"): string[] {
  const text = `deputy: 1
name: test
title: Test
inputs: {x: {}}
steps:
  - id: a
    task: "{{x}}"
    ${step}
    input:
      ${input}
`;
  const reading = readWorkflow(text, schemas);
  return "faults" in reading ? reading.faults.map(({ line, column, message }) => `${line}:${column}: ${message}`) : [];
}

test.each([
  ["depth: deep", "10:14: `input.depth`: It has to be a number, and is a text. This is for the browser agent."],
  ["depth: 10", "10:14: `input.depth`: It may be at most 9, and is 10. This is for the browser agent."],
  ["kind: pages", '10:13: `input.kind`: It cannot be "pages". It is one of page, table. Did you mean page?'],
  ["documents: [guide, a]", "10:26: `input.documents[1]`: It has to have at least 3 characters."],
  ["documents: []", "10:18: `input.documents`: It is empty; give at least one."],
  ["adress: here", "10:15: `input.adress`: There is no such field; leave it out."],
])("%s is a mistake, with its place and reason", (input, expected) => {
  expect(faultsOf(input)).toEqual([expect.stringContaining(expected)]);
});

test("what an agent has to have and is not there is a mistake", () => {
  expect(faultsOf("other: 1", "agent: planner")).toEqual([expect.stringContaining("`input.plan`: It is missing")]);
});

test.each([
  'url: "{{x}}"',
  'url: "https://{{x}}/page"',
  'kind: "{{ x }}"',
  'either: "{{x}}"',
  'documents: ["{{x}}"]',
  "depth: 3",
])("%s may be right, whatever the hole is filled with", (input) => {
  expect(faultsOf(input)).toEqual([]);
});

test("a hole is filled with text, and can be nothing else; beside one, mistakes are told", () => {
  expect(faultsOf('depth: "{{x}}"')).toEqual([expect.stringContaining("`input.depth`: It has to be a number")]);
  expect(faultsOf('{url: "{{x}}", adress: "{{x}}"}')).toEqual([expect.stringContaining("`input.adress`")]);
});

test("nothing is said of who is not known yet, nor of the terms of an auction", () => {
  for (const agent of ["any", "can:search", "review"]) expect(faultsOf("depth: deep", `agent: ${agent}`)).toEqual([]);
  expect(faultsOf("market: {rounds: 2}", "agent: browser\n    mode: market")).toEqual([]);
  expect(faultsOf("{market: {rounds: 2}, depth: deep}", "agent: browser\n    mode: market")).toHaveLength(1);
});

test("the other mistakes of a file are told with it", () => {
  expect(faultsOf("depth: deep", "agent: browser\n    after: [b]")).toEqual([
    expect.stringContaining('There is no step "b"'),
    expect.stringContaining("`input.depth`"),
  ]);
});
