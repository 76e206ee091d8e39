import fc from "fast-check";
import { expect, test } from "vitest";
import { agentChoice, agentTypes, aggregates, modes, priorities } from "#/lib/actions/grammar.ts";
import { parseText } from "#/lib/actions/parse-text.ts";
import { writeAction } from "#/lib/actions/write-action.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import type { Action, ActionKind } from "#/lib/protocol/action.ts";
import { Aggregate, Mode, Priority } from "#/lib/protocol/action.ts";
import { agentTypes as catalogue } from "#/lib/protocol/agent.ts";
import { AgentChoice } from "#/lib/protocol/orchestration.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

test("the words of the grammar are those of the protocol", () => {
  expect(agentTypes).toEqual(catalogue);
  expect(modes).toEqual(Mode.options);
  expect(priorities).toEqual(Priority.options);
  expect(aggregates).toEqual(Aggregate.options);
});

test.each([
  "any",
  "ANY",
  "knowledge",
  "can:search",
  "can:a_b-1",
  "can:",
  "can:A",
  "can: a",
  `can:${"a".repeat(41)}`,
  "x",
])("%j is an agent to the grammar exactly when it is one to the protocol", (written) => {
  expect(agentChoice(written) !== undefined).toBe(AgentChoice.safeParse(written).success);
});

const words = fc
  .array(fc.constantFrom("search", "the", "docs", "for", "https://a.b/c?d=e", "**x**", "1.5", "é", "😀"), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.join(" "));
const text = fc.array(words, { minLength: 1, maxLength: 3 }).map((lines) => lines.join("\n"));
const id = fc.stringMatching(/^[a-z0-9_-]{1,40}$/).filter((written) => written !== "none");

const agent: fc.Arbitrary<AgentChoice> = fc.oneof(
  fc.constantFrom(...agentTypes, "any" as const),
  fc.stringMatching(/^[a-z0-9_-]{1,40}$/).map((name): AgentChoice => `can:${name}`),
);

const delegation = fc
  .record(
    {
      kind: fc.constant("delegate" as const),
      agentType: agent,
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
  .filter((action) => !/^(?:old|older|oldest|t[123])$/.test(action.id));

const change = fc
  .record(
    {
      id: fc.constantFrom("old", "older"),
      agentType: agent,
      task: text,
      dependsOn: fc.constantFrom<string[]>([], ["oldest"]),
      priority: fc.constantFrom(...priorities),
      timeoutMs: fc.integer({ min: 1, max: 86_400 }).map((seconds) => seconds * 1_000),
      strict: fc.boolean(),
    },
    { requiredKeys: ["id"] },
  )
  .filter((fields) => Object.keys(fields).length > 1);

const replan: fc.Arbitrary<Action> = fc
  .record(
    { kind: fc.constant("replan" as const), drop: fc.subarray(["t1", "t2", "t3"]), change, reason: text },
    { requiredKeys: ["kind", "drop"] },
  )
  .filter(({ drop, change }) => drop.length > 0 || change !== undefined);

const phaseOf: Record<ActionKind, Phase> = {
  plan: "PLANNING",
  delegate: "EXECUTING",
  replan: "EXECUTING",
  verify: "VERIFYING",
  learn: "LEARNING",
};

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("plan" as const), steps: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  delegation,
  replan,
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
      const { blocks, prose } = parseText(`${writeAction(action)}\n`, {
        gate: phaseGate(phaseOf[action.kind]),
        taken: ["old", "older", "oldest", "t1", "t2", "t3"],
      });
      expect(blocks).toEqual([{ verdict: "accepted", span: [0, writeAction(action).length], normalised: [], action }]);
      expect(prose).toBe("");
    }),
  );
});
