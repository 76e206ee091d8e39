import { describe, expect, test } from "vitest";
import { phaseGate } from "#/lib/machine/gate.ts";
import { allowedActions, phaseAfter } from "#/lib/machine/phases.ts";
import { type Action, actionKinds } from "#/lib/protocol/action.ts";
import { type Phase, phases } from "#/lib/protocol/phase.ts";

const actions: Record<string, Action> = {
  plan: { kind: "plan", steps: ["a"] },
  delegate: {
    kind: "delegate",
    agentType: "knowledge",
    task: "a",
    id: "t1",
    dependsOn: [],
    mode: "parallel",
    priority: "normal",
    strict: true,
  },
  pass: { kind: "verify", verdict: "pass" },
  fail: { kind: "verify", verdict: "fail" },
  replan: { kind: "replan", drop: ["t1"] },
  learn: { kind: "learn", lesson: "a", tags: [] },
};

describe("the table of phases", () => {
  test.each<[string, Phase, Phase]>([
    ["plan", "PLANNING", "EXECUTING"],
    ["delegate", "EXECUTING", "EXECUTING"],
    ["replan", "EXECUTING", "EXECUTING"],
    ["pass", "VERIFYING", "LEARNING"],
    ["fail", "VERIFYING", "EXECUTING"],
    ["learn", "LEARNING", "LEARNING"],
  ])("%s in %s leads to %s", (name, from, to) => {
    const action = actions[name] as Action;
    expect(Object.entries(allowedActions).filter(([, kinds]) => kinds.includes(action.kind))).toEqual([
      [from, allowedActions[from]],
    ]);
    expect(phaseAfter(from, action)).toBe(to);
    const gate = phaseGate(from);
    expect(gate.refuses(action.kind)).toBeNull();
    expect(gate.admit(action)).toBeNull();
    expect(gate.phase).toBe(to);
  });

  test.each(phases)("%s refuses all that it does not allow, and says what it does", (phase) => {
    for (const kind of actionKinds.filter((kind) => !allowedActions[phase].includes(kind))) {
      const refusal = phaseGate(phase).refuses(kind);
      expect(refusal?.code).toBe(`not-allowed-in-${phase}`);
      expect(refusal?.message).toContain(allowedActions[phase].join(", ").toUpperCase());
    }
  });
});
