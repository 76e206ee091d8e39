import fc from "fast-check";
import { expect, test } from "vitest";
import { agentTypes, aggregates, modes, priorities } from "#/lib/actions/grammar.ts";
import { parseText } from "#/lib/actions/parse-text.ts";
import { writeAction } from "#/lib/actions/write-action.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import type { Action } from "#/lib/protocol/action.ts";
import { Aggregate, actionKinds, Mode, Priority } from "#/lib/protocol/action.ts";
import { agentTypes as catalogue } from "#/lib/protocol/agent.ts";
import { phases } from "#/lib/protocol/phase.ts";

test("the words of the grammar are those of the protocol", () => {
  expect(agentTypes).toEqual(catalogue);
  expect(modes).toEqual(Mode.options);
  expect(priorities).toEqual(Priority.options);
  expect(aggregates).toEqual(Aggregate.options);
});

const words = fc
  .array(fc.constantFrom("search", "the", "docs", "for", "https://a.b/c?d=e", "**x**", "1.5", "é", "😀"), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.join(" "));
const text = fc.array(words, { minLength: 1, maxLength: 3 }).map((lines) => lines.join("\n"));
const id = fc.stringMatching(/^[a-z0-9_-]{1,40}$/).filter((written) => written !== "none");

const delegation = fc
  .record(
    {
      kind: fc.constant("delegate" as const),
      agentType: fc.constantFrom(...agentTypes),
      task: text,
      id,
      dependsOn: fc.constantFrom<string[]>([], ["old"], ["old", "older"]),
      mode: fc.constantFrom(...modes.filter((mode) => mode !== "consensus")),
      priority: fc.constantFrom(...priorities),
      strict: fc.boolean(),
      complexity: fc.integer({ min: 1, max: 10 }),
      timeoutMs: fc.integer({ min: 1, max: 86_400 }).map((seconds) => seconds * 1_000),
      aggregate: fc.constantFrom(...aggregates),
      input: fc.dictionary(
        fc.stringMatching(/^[a-z]{1,8}$/),
        fc.oneof(
          fc.integer(),
          fc.string().filter((one) => !one.includes("\0")),
        ),
      ),
    },
    { requiredKeys: ["kind", "agentType", "task", "id", "dependsOn", "mode", "priority", "strict"] },
  )
  .filter((action) => action.id !== "old" && action.id !== "older");

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("plan" as const), steps: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  delegation,
  fc.record({
    kind: fc.constant("verify" as const),
    verdict: fc.constantFrom("pass" as const, "fail" as const),
    notes: text,
  }),
  fc.record({ kind: fc.constant("learn" as const), lesson: text, tags: fc.array(id, { maxLength: 3 }) }),
);

test("an action that is written as a block is read as the same action, and nothing was normalised", () => {
  fc.assert(
    fc.property(action, (action) => {
      const phase = phases[actionKinds.indexOf(action.kind)] ?? "EXECUTING";
      const { blocks, prose } = parseText(`${writeAction(action)}\n`, {
        gate: phaseGate(phase),
        taken: ["old", "older"],
      });
      expect(blocks).toEqual([{ verdict: "accepted", span: [0, writeAction(action).length], normalised: [], action }]);
      expect(prose).toBe("");
    }),
  );
});
