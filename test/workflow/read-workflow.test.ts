import { describe, expect, test } from "vitest";
import { readWorkflow } from "#/lib/workflow/read-workflow.ts";

const head = `deputy: 1
name: test
title: Test
`;

/** Every mistake as `line:column: reason`. */
function faultsOf(text: string): string[] {
  const reading = readWorkflow(text);
  return "faults" in reading ? reading.faults.map(({ line, column, message }) => `${line}:${column}: ${message}`) : [];
}

describe("a file that is right", () => {
  test("is read with the defaults of a delegation, timeouts in milliseconds and comments left out", () => {
    const text = `${head}# why\ninputs: {x: {}}\nsteps:\n  - {id: a, agent: can:search, task: " {{ x }} ", timeout: 5m}\n`;
    expect(readWorkflow(text)).toEqual({
      warnings: [],
      workflow: {
        deputy: 1,
        name: "test",
        title: "Test",
        description: "",
        inputs: { x: { description: "", required: true } },
        steps: [
          {
            id: "a",
            agent: "can:search",
            task: "{{ x }}",
            after: [],
            mode: "parallel",
            priority: "normal",
            strict: true,
            timeout: 300_000,
          },
        ],
      },
    });
  });

  test("may begin with a byte order mark and end its lines as Windows does", () => {
    const text = `\ufeff${head}steps:\n  - id: a\n    agent: any\n    task: |\n      one\n      two\n`;
    const reading = readWorkflow(text.replaceAll("\n", "\r\n"));
    expect("workflow" in reading && reading.workflow.steps[0]?.task).toBe("one\ntwo");
  });

  test("warns of an input that no step uses, and can be used", () => {
    const reading = readWorkflow(`${head}inputs:\n  x: {}\nsteps:\n  - {id: a, agent: any, task: Go}\n`);
    expect(reading.warnings).toEqual([{ line: 5, column: 3, message: 'No step uses the input "x".' }]);
    expect("workflow" in reading).toBe(true);
  });
});

test("a hole that does not end is a warning, for it may be meant as it stands", () => {
  const reading = readWorkflow(
    `${head}inputs:\n  x: {}\nsteps:\n  - id: a\n    agent: any\n    task: Go to {{x}} and {{x} and on\n`,
  );
  expect(reading.warnings).toEqual([
    { line: 9, column: 5, message: "{{x is no hole, for it does not end with }}, and stays as it is." },
  ]);
  expect("workflow" in reading).toBe(true);
});

describe("each mistake has its line, its column and a reason", () => {
  const step = (more: string) => `${head}steps:\n  - id: a\n    agent: any\n    task: Go\n    ${more}\n`;
  test.each([
    ["a syntax error", `${head}steps: [\n`, /^5:1: Flow sequence/],
    ["a tab", `${head}steps:\n\t- id: a\n`, /^5:1: Tabs are not allowed/],
    [
      "a hole without quotes",
      step("input:\n      q: {{x}}"),
      /^9:11: A value that begins with a hole stands in quotes/,
    ],
    ["several documents", `${head}---\n${head}`, /several documents/],
    ["an alias", step("after: *x"), /^8:12: Aliases such as \*x are not read/],
    ["a tag", step("input: {q: !!binary aGk=}"), /^8:25: The tag .*binary is not read/],
    ["a key that stands twice", step("task: Again"), /^8:5: `task` stands here twice/],
    ["an empty file", "", /^1:1: The file is empty/],
    ["a list instead of a mapping", "- 1", /^1:1: The file must be a mapping/],
    ["an unknown key", step("modus: parallel"), /^8:5: `modus` is no key here. Did you mean mode\?/],
    ["an unknown agent", step("").replace("any", "plannr"), /^6:12: .*"plannr". Did you mean planner\?/],
    ["a capability that cannot be one", step("").replace("any", '"can:Two Words"'), /^6:12: .*can:search/],
    ["a word out of a list", step("mode: paralel"), /^8:11: .*Did you mean parallel\?/],
    [
      "a bare number for text",
      `${head.replace("Test", "5")}steps: []\n`,
      /^3:8: `title` must be text; write it in quotes: "5"/,
    ],
    ["a number out of its range", step("complexity: 11"), /^8:17: .* is 1 to 10/],
    ["a timeout", step("timeout: 5d"), /^8:14: .*90s, 5m, 2h/],
    ["retries", step("retries: 10"), /^8:14: .* is 0 to 9/],
    ["voters without a vote", step("voters: 3"), /^8:13: .*`mode: consensus` only/],
    ["a condition about nothing", step("condition: failed"), /^8:16: .*needs steps in `after`/],
    [
      "a term of an auction out of its range",
      step("mode: market\n    input: {market: {rounds: 9}}"),
      /^9:30: `steps\[1\]\.input\.market\.rounds` must be a whole number from 1 to 5/,
    ],
    [
      "a term that no auction has",
      step("mode: market\n    input: {market: {price: 9}}"),
      /^9:21: `steps\[1\]\.input\.market` has no term "price", only rounds/,
    ],
    ["a value that JSON does not have", step("input: {a: [.inf]}"), /^8:16: .*no value that JSON has/],
    ["a key without a value", step("priority:"), /^8:5: .*is empty; give it a value/],
    ["a step without a task", `${head}steps:\n  - id: a\n    agent: any\n`, /^5:5: `steps\[1\].task` is missing/],
    ["no steps", `${head}steps: []\n`, /^4:8: `steps` is empty/],
    ["the version", `${head.replace("1", "2")}steps: []\n`, /^1:9: `deputy` cannot be 2/],
    ["the name of an input", `${head}inputs: {Bad: {}}\nsteps: []\n`, /^4:10: `inputs.Bad` is 1 to 40/],
    ["an unknown step", step("after: [b]"), /^8:13: There is no step "b"/],
    [
      "an unknown hole in the middle of a task",
      step("").replace("Go", "|\n      Go\n      to {{place}}"),
      /^9:10: The hole {{place}} has no input "place"/,
    ],
    ["an unknown hole in the input", step('input: {q: ["{{x}}"]}'), /^8:18: The hole {{x}}/],
    ["a control character", step("").replace("Go", '"a\\u001bb"'), /^7:11: .*control character/],
  ])("%s", (_, text, fault) => {
    expect(faultsOf(text)[0]).toMatch(fault);
  });

  test("a step that stands twice", () => {
    const text = `${head}steps:\n  - {id: a, agent: any, task: Go}\n  - {id: a, agent: any, task: Go}\n`;
    expect(faultsOf(text)).toEqual(['6:10: There is a step "a" before; each id stands once.']);
  });

  test("a cycle, with its path and at a place where it can be cut", () => {
    const text = `${head}steps:
  - {id: a, agent: any, task: Go, after: [c]}
  - {id: b, agent: any, task: Go, after: [a]}
  - {id: c, agent: any, task: Go, after: [b]}
`;
    expect(faultsOf(text)).toEqual(["5:43: These steps wait for one another: a -> c -> b -> a."]);
  });

  test("a step that waits for itself, and one that MODE sequential makes wait", () => {
    const text = `${head}steps:
  - {id: a, agent: any, task: Go, after: [a]}
  - {id: b, agent: any, task: Go, after: [c]}
  - {id: c, agent: any, task: Go, mode: sequential}
`;
    expect(faultsOf(text)).toEqual([
      "5:43: These steps wait for one another: a -> a.",
      "6:43: These steps wait for one another: b -> c -> b.",
    ]);
  });

  test("all of them are told at once, in the order of the lines", () => {
    const text = `${head}colour: red\nsteps:\n  - {id: a, agent: any, task: "{{x}}", after: [zz], mode: x}\n  - 5\n`;
    expect(faultsOf(text).map((fault) => fault.split(": ")[0])).toEqual(["4:1", "6:32", "6:48", "6:59", "7:5"]);
  });
});

describe("a file with what is not read", () => {
  test("is told its other mistakes, too", () => {
    const text = `${head}name: again\nsteps:\n  - {id: !x a, agent: any, task: "{{x}}"}\n`;
    expect(faultsOf(text)).toEqual([
      "4:1: `name` stands here twice.",
      "6:13: The tag !x is not read; leave it out.",
      '6:35: The hole {{x}} has no input "x". Inputs: none.',
    ]);
  });

  test("is told no more than that it is nested too deeply", () => {
    expect(faultsOf(`a: ${"[".repeat(5_000)}`)).toEqual([
      expect.stringMatching(/^1:\d+: The file is nested too deeply/),
    ]);
  });
});

describe("a hostile file", () => {
  const many = (count: number, text: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => text(at)).join("");
  test.each([
    ["is too large", "#".repeat(256 * 1_024 + 1), /more than 256 KB/],
    [
      "holds aliases of aliases",
      `a: &a [x, x]\n${many(25, (at) => `${"bcdefghijklmnopqrstuvwxyz"[at]}: [*a, *a]\n`)}`,
      /Aliases/,
    ],
    ["is nested deeply", "[".repeat(100_000), /nested too deeply/],
    ["has many keys", many(20_000, (at) => `k${at}:\n`), /is missing/],
    ["has many steps", `${head}steps:\n${many(10_000, () => "- {id: a}\n")}`, /more than 100/],
    [
      "has many holes",
      `${head}steps:\n- {id: a, agent: browser, task: "${"{{x}}".repeat(20_000)}"}\n`,
      /longer than 16384/,
    ],
  ])("that %s is refused in a moment, with few words", (_, text, fault) => {
    const faults = faultsOf(text);
    expect(faults.length).toBeLessThanOrEqual(50);
    expect(faults.some((one) => fault.test(one))).toBe(true);
  });

  test("whose names are those of every object is read as any other", () => {
    const text = `${head}inputs: {constructor: {}}\nsteps:\n  - {id: __proto__, agent: browser, task: "{{constructor}}{{toString}}"}\n`;
    expect(faultsOf(text)).toEqual([expect.stringMatching(/^6:59: The hole {{toString}} has no input/)]);
  });
});
