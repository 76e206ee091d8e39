import fc from "fast-check";
import { hasControlCharacter } from "#/lib/actions/characters.ts";
import { Aggregate, Mode, Priority } from "#/lib/protocol/action.ts";
import { agentTypes } from "#/lib/protocol/agent.ts";
import type { AgentChoice } from "#/lib/protocol/orchestration.ts";
import { Condition } from "#/lib/protocol/orchestration.ts";
import { Workflow } from "#/lib/workflow/schema.ts";

const words = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          "- x",
          "# no",
          "a: b",
          "'",
          '"',
          "\n",
          "  ",
          "\t",
          "null",
          "5",
          "~",
          "|",
          "word ".repeat(30),
          "> ",
          "%",
          "---",
        ),
        {
          maxLength: 8,
        },
      )
      .map((parts) => parts.join("")),
  )
  .map((text) => text.replace(/[{}]/g, "").trim())
  .filter((text) => !hasControlCharacter(text));
const someWords = words.map((text) => text || "a task");
const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), { minLength: 1, maxLength: 5 });
const agents: fc.Arbitrary<AgentChoice> = fc.constantFrom(...agentTypes, "any", "can:web_search");
const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number));
const { value: jsonValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    words,
    numbers,
    fc.integer(),
    fc.constantFrom(null, true, false),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(words.filter(isKey), tie("value"), { maxKeys: 3 }),
  ),
}));
const json = fc.dictionary(words.filter(isKey), jsonValue, { maxKeys: 3 });

/** An object cannot be given the other one. */
function isKey(text: string): boolean {
  return text !== "__proto__";
}

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Steps that wait for steps above them only; some are then put elsewhere. */
function steps(inputs: readonly string[]): fc.Arbitrary<unknown[]> {
  return names.chain((ids) =>
    fc
      .tuple(...ids.map((id, at) => step(id, ids.slice(0, at), inputs)))
      .chain((all) => fc.boolean().map((turned) => (turned ? all.toReversed() : all))),
  );
}

function step(id: string, before: readonly string[], inputs: readonly string[]): fc.Arbitrary<unknown> {
  const hole = inputs.length === 0 ? fc.constant("") : fc.constantFrom("", ...inputs.map((name) => `{{${name}}}`));
  return fc
    .record({
      id: fc.constant(id),
      agent: agents,
      task: fc.tuple(hole, someWords, hole).map((parts) => parts.join(" ").trim()),
      after: fc.subarray([...before]),
      mode: fc.constantFrom(...Mode.options.filter((mode) => mode !== "sequential")),
      priority: fc.constantFrom(...Priority.options),
      strict: fc.boolean(),
      voters: optional(fc.integer({ min: 2, max: 9 })),
      minAgreement: optional(fc.constantFrom(0.5, 0.75, 2 / 3, 1)),
      aggregate: optional(fc.constantFrom(...Aggregate.options)),
      complexity: optional(fc.integer({ min: 1, max: 10 })),
      condition: optional(fc.constantFrom(...Condition.options)),
      retries: optional(fc.integer({ min: 0, max: 9 })),
      timeout: optional(fc.integer({ min: 1, max: 86_400 })),
      input: optional(json),
    })
    .map(({ voters, minAgreement, condition, ...rest }) => ({
      ...rest,
      ...(rest.mode === "consensus" && { voters, minAgreement }),
      ...(rest.after.length > 0 && { condition }),
    }));
}

/** Any workflow that is right. */
export const anyWorkflow: fc.Arbitrary<Workflow> = names
  .chain((inputs) =>
    fc.record({
      deputy: fc.constant(1 as const),
      name: fc.stringMatching(/^[a-z0-9-]{1,12}$/),
      title: someWords.map((text) => text.slice(0, 200).trim()),
      description: words,
      inputs: fc
        .tuple(...inputs.map(() => fc.record({ description: words, required: fc.boolean(), default: optional(words) })))
        .map((about) => Object.fromEntries(inputs.map((name, at) => [name, about[at]]))),
      steps: steps(inputs),
    }),
  )
  .map((written) => Workflow.parse(written));

/** A workflow of these steps. */
export function workflowOf(steps: readonly unknown[], inputs: Record<string, unknown> = {}): Workflow {
  return Workflow.parse({ deputy: 1, name: "test", title: "Test", inputs, steps });
}
