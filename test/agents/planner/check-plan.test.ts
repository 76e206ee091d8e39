import { describe, expect, it } from "vitest";
import { checkPlan } from "#/agents/planner/check-plan.ts";

const step = (id: string, dependsOn: string[] = [], more: Record<string, unknown> = {}) => ({
  id,
  title: `Do ${id}`,
  agent: "knowledge",
  dependsOn,
  complexity: 3,
  acceptance: "It can be seen",
  ...more,
});
const plan = (...steps: unknown[]) => JSON.stringify({ goal: "a goal", steps });
const faultsOf = (reply: string) => {
  const checked = checkPlan(reply);
  return "faults" in checked ? checked.faults.join("\n") : "no fault";
};
const idsOf = (reply: string) => {
  const checked = checkPlan(reply);
  return "plan" in checked ? checked.plan.steps.map(({ id }) => id) : checked.faults;
};

describe("a plan that can be carried out", () => {
  it("is taken with its steps in an order in which they can be done", () => {
    expect(idsOf(plan(step("c", ["b"]), step("a"), step("b", ["a"])))).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["a code fence", (json: string) => `\`\`\`json\n${json}\n\`\`\``],
    ["words around it", (json: string) => `Here is the plan:\n${json}\nI hope it helps.`],
    ["thoughts in front of it", (json: string) => `<think>{"goal": "no"}</think>\n${json}`],
  ])("is found in %s", (_, wrap) => {
    expect(idsOf(wrap(plan(step("a"))))).toEqual(["a"]);
  });
});

describe("a plan that cannot", () => {
  it.each<[string, string, string]>([
    ["no JSON", "I would rather not.", "holds no JSON object"],
    ["broken JSON", '{"goal": }', "no valid JSON"],
    ["no steps", plan(), "steps"],
    ["a step without an acceptance criterion", plan(step("a", [], { acceptance: "" })), "steps.0.acceptance"],
    ["a blank acceptance criterion", plan(step("a", [], { acceptance: "  " })), "step a has no acceptance criterion"],
    ["an unknown agent", plan(step("a", [], { agent: "wizard" })), "steps.0.agent"],
    ["a complexity of eleven", plan(step("a", [], { complexity: 11 })), "steps.0.complexity"],
    ["two steps with one id", plan(step("a"), step("a")), "the id a is used twice"],
    ["a dependency that is not there", plan(step("a", ["z"])), "step a depends on z, which does not exist"],
    ["a step that waits for itself", plan(step("a", ["a"])), "a -> a"],
    [
      "a circle",
      plan(step("x"), step("a", ["x", "c"]), step("b", ["a"]), step("c", ["b"]), step("d", ["c"])),
      "a -> c -> b -> a",
    ],
  ])("is refused for %s, in words that name the fault", (_, reply, words) => {
    expect(faultsOf(reply)).toContain(words);
  });
});
