import { describe, expect, test } from "vitest";
import type { Dependency } from "#/agents/agent.ts";
import { planner } from "#/agents/planner/agent.ts";
import { bidOn } from "#/agents/planner/bid.ts";
import type { PlanGraph, PlanStep, TaskResult } from "#/lib/protocol/result.ts";
import { resultIn, scripted, taskOf } from "#/test/agents/planner/try-planner.ts";

const step = (id: string, agent: PlanStep["agent"], title: string, more: Partial<PlanStep> = {}): PlanStep => ({
  id,
  title,
  agent,
  dependsOn: [],
  complexity: 3,
  acceptance: `${id} can be seen`,
  ...more,
});
const plan: PlanGraph = {
  goal: "Retries are in place",
  steps: [
    step("s1", "knowledge", "Find how errors are reported"),
    step("s2", "browser", "Read https://example.com/limits", { dependsOn: ["s1"] }),
    step("s3", "browser", "Read the vendor's page about it"),
    step("s4", "planner", "Decide which errors are retried", { dependsOn: ["s1"] }),
    step("s5", "planner", "Plan the move of all clients", { complexity: 8, dependsOn: ["s2"] }),
    step("s6", "code", "Write the retry", { dependsOn: ["s4"] }),
    step("s7", "knowledge", "Check it against the guide", { dependsOn: ["s6"] }),
    step("s8", "knowledge", "Collect what is known about it"),
  ],
};
const found: TaskResult = { text: "- found", evidence: [], artifacts: [] };
const dependency = (ref: string, agent: string, more: Partial<Dependency>): Dependency => ({
  ref,
  agent,
  task: "a step",
  ...more,
});

describe("a planner that may delegate", () => {
  const delegated = async (graph: PlanGraph) => {
    const { context, progress } = scripted([JSON.stringify(graph)], [], true);
    const executed = await planner.execute(taskOf("Plan it"), context);
    return { executed, progress };
  };

  test("hands out the steps that can be done now, with the plan's dependencies, and one that sums up", async () => {
    const { executed, progress } = await delegated(plan);
    if (!("delegate" in executed)) throw new Error("subtasks were expected");
    const brief = executed.delegate.map(({ ref, agent, dependsOn, strict }) => ({ ref, agent, dependsOn, strict }));
    expect(brief).toEqual([
      { ref: "s1", agent: "knowledge", dependsOn: [], strict: false },
      { ref: "s2", agent: "browser", dependsOn: ["s1"], strict: false },
      { ref: "s5", agent: "planner", dependsOn: ["s2"], strict: false },
      { ref: "s8", agent: "knowledge", dependsOn: [], strict: false },
      { ref: "plan", agent: "planner", dependsOn: ["s1", "s2", "s5", "s8"], strict: undefined },
    ]);
    expect(progress.at(-1)).toBe("The plan has 8 steps; 4 of them can be done now");
  });

  test("says in each subtask's words what it needs to be read alone", async () => {
    const { executed } = await delegated(plan);
    const words = "delegate" in executed ? executed.delegate.map(({ ref, task }) => [ref, task]) : [];
    expect(Object.fromEntries(words)).toEqual({
      s1: "Find how errors are reported",
      s2: "Read https://example.com/limits",
      s5: "Plan the move of all clients (for: Retries are in place). Done when: s5 can be seen",
      s8: "Collect what is known about it (for: Retries are in place)",
      plan: "Sum up the plan: Retries are in place",
    });
  });

  test("brings the plan itself when none of its steps can be done now", async () => {
    const { executed } = await delegated({ goal: "g", steps: [step("s1", "code", "Write it")] });
    expect(resultIn(executed).plan?.steps).toHaveLength(1);
  });

  test("sums up what came of each step and what is left for whom, without a model", async () => {
    const { context, asked } = scripted(
      [],
      [
        dependency("t1.s1", "knowledge", { result: found }),
        dependency("t1.s2", "browser", { error: { code: "x", message: "The page is gone." } }),
        dependency("t1.s5", "planner", { result: found }),
      ],
    );
    const result = resultIn(await planner.execute(taskOf("Sum up", { input: { plan } }), context));
    expect(asked).toEqual([]);
    expect(result.plan).toEqual(plan);
    expect(result.text).toMatch(/^2 of 8 steps were done at once; 6 are left\.\n/);
    expect(result.text).toContain("s1 can be seen\n   Looked up (t1.s1): nothing was found");
    expect(result.text).toContain("s2 can be seen\n   Failed (t1.s2): The page is gone.");
    expect(result.text).toContain("s5 can be seen\n   Done (t1.s5)");
    expect(result.text).toContain("s6 can be seen\n   Left: for the code agent");
  });

  test("refuses a plan to sum up that is none", async () => {
    const { context } = scripted([]);
    const input = { plan: { goal: "g" } };
    await expect(planner.execute(taskOf("Sum up", { input }), context)).rejects.toMatchObject({ code: "bad-input" });
  });
});

describe("a planner that votes", () => {
  const voter = (number: number) => taskOf("Postgres or Redis?", { part: { kind: "vote", number, of: 3 } });
  const reply = JSON.stringify({ answer: "Postgres", goal: "g", steps: [step("s1", "code", "Write it")] });

  test("claims its answer, which the reply begins with", async () => {
    const { context } = scripted([reply], [], true);
    const ballot = resultIn(await planner.execute(voter(2), context));
    expect(ballot.claims).toEqual(["Postgres"]);
    expect(ballot.text).toMatch(/^Postgres\n/);
  });

  test("claims what its plan is to achieve when the model gives no answer", async () => {
    const { context } = scripted([JSON.stringify({ goal: "g", steps: [step("s1", "code", "Write it")] })]);
    expect(resultIn(await planner.execute(voter(1), context)).claims).toEqual(["g"]);
  });

  test("is asked in its own way: another outlook, and the results in another order", async () => {
    const prompts = await Promise.all(
      [1, 2, 3].map(async (number) => {
        const { context, asked } = scripted(
          [reply],
          ["t1", "t2", "t3"].map((ref) => dependency(ref, "knowledge", { result: found })),
        );
        await planner.execute(voter(number), context);
        const content = asked[0]?.messages[0]?.content ?? "";
        return { instructions: asked[0]?.instructions, first: /"id":"(t\d)"/.exec(content)?.[1] };
      }),
    );
    expect(new Set(prompts.map(({ instructions }) => instructions)).size).toBe(3);
    expect(prompts.map(({ first }) => first)).toEqual(["t1", "t2", "t3"]);
    expect(prompts[1]?.instructions).toContain("You are voter 2 of 3");
  });
});

test("the planner's bid is sure of plans only, and its price follows the complexity", async () => {
  const { context } = scripted([]);
  const bid = (task: string, complexity = 5) => planner.bid?.(taskOf(task, { complexity }), context);
  const plans = await bid("Write a plan for adding retries");
  const questions = await bid("What is a lease?");
  expect(plans?.confidence).toBeGreaterThan(0.8);
  expect(questions?.confidence).toBeLessThan(0.3);
  const priced = [2, 5, 7, 9].map((complexity) => bidOn(taskOf("Plan it", { complexity }), false).price);
  expect(priced).toEqual(priced.toSorted((a, b) => a - b));
  expect(bidOn(taskOf("Plan it"), true)).toMatchObject({ price: 0, seconds: 1 });
});
