import { describe, expect, it } from "vitest";
import type { Dependency } from "#/agents/agent.ts";
import { planner } from "#/agents/planner/agent.ts";
import type { Evidence } from "#/lib/protocol/result.ts";
import { type Asked, contextWith, resultIn, scripted, taskOf } from "#/test/agents/planner/try-planner.ts";
import { offlineModels } from "#/test/support/offline.ts";

const evidence = (quote: string, title = "Error Handling"): Evidence => ({
  claim: quote,
  quote,
  source: { title, heading: [], url: "/documents/1#passage-1", origin: "errors.mdx" },
});

const research: Dependency = {
  ref: "t1",
  agent: "knowledge",
  task: "how streamText reports errors",
  result: {
    text: "- found",
    evidence: [
      evidence("Use `onError` to see errors."),
      evidence("Pass `abortSignal` to streamText.", "Stopping Streams"),
    ],
    artifacts: [],
  },
};

async function planOffline(text: string, dependencies: readonly Dependency[] = []) {
  const generate = async (request: Asked) => {
    const { text: reply } = await offlineModels().generate({ ...request, signal: new AbortController().signal });
    return reply;
  };
  const result = resultIn(await planner.execute(taskOf(text), contextWith(generate, dependencies, [], [])));
  if (!result.plan) throw new Error("a planner's result holds a plan");
  return result.plan;
}

const good = JSON.stringify({
  goal: "g",
  steps: [
    { id: "s1", title: "Find", agent: "knowledge", dependsOn: [], complexity: 2, acceptance: "A list" },
    { id: "s2", title: "Build", agent: "code", dependsOn: ["s1"], complexity: 6, acceptance: "Tests pass" },
  ],
});
const circle = JSON.stringify({
  goal: "g",
  steps: [{ id: "s1", title: "t", agent: "code", dependsOn: ["s1"], complexity: 1, acceptance: "a" }],
});

describe("the planner", () => {
  it("brings the plan as a graph and as a numbered list", async () => {
    const { context } = scripted([good]);
    const result = resultIn(await planner.execute(taskOf("Plan it"), context));
    expect(result.plan?.steps).toHaveLength(2);
    expect(result.text).toBe(
      "**Goal:** g\n\n1. **Find** (knowledge, complexity 2)\n   Done when: A list\n2. **Build** (code, complexity 6, after 1)\n   Done when: Tests pass",
    );
    expect(result.evidence).toEqual([]);
  });

  it("tells the model what is wrong with a plan, and takes the corrected one", async () => {
    const { context, asked, progress } = scripted(["no", circle, good]);
    expect(resultIn(await planner.execute(taskOf("Plan it"), context)).plan?.goal).toBe("g");
    expect(asked).toHaveLength(3);
    expect(asked[2]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant", "user"]);
    expect(asked[2]?.messages.at(-1)?.content).toContain("s1 -> s1");
    expect(progress).toContain("Correcting the plan, draft 3 of 3");
  });

  it("gives up behind three drafts with the last faults, and another attempt would not help", async () => {
    const { context, asked } = scripted([circle, circle, circle, good]);
    await expect(planner.execute(taskOf("Plan it"), context)).rejects.toMatchObject({
      code: "plan-invalid",
      retryable: false,
      message: expect.stringContaining("s1 -> s1"),
    });
    expect(asked).toHaveLength(3);
  });

  it("says which task before brought nothing: while it reads, in its text and in the first step", async () => {
    const failed: Dependency = {
      ref: "t9",
      agent: "browser",
      task: "open",
      error: { code: "x", message: "It is\ngone." },
    };
    const { context, progress, asked } = scripted([good], [research, failed]);
    const { text, plan } = resultIn(await planner.execute(taskOf("Plan it"), context));
    expect(progress[0]).toBe("Reading what t1 brought; t9 brought nothing: It is gone.");
    expect(text).toMatch(/^t9 brought nothing: It is gone\.\n\n\*\*Goal:\*\* g\n/);
    expect(plan?.steps[0]?.acceptance).toMatch(/^A list\. What is missing .* \(t9 brought nothing: It is gone\.\)$/);
    expect(plan?.steps[1]?.acceptance).toBe("Tests pass");
    expect(asked[0]?.instructions).toContain("status failed");
  });

  it("reads nothing of what brought nothing", async () => {
    const failed: Dependency = { ref: "t1", agent: "knowledge", task: "find" };
    const { context, progress } = scripted([good], [failed]);
    await planner.execute(taskOf("Plan it"), context);
    expect(progress[0]).toBe("t1 brought nothing: it has no result");
  });

  it.each([
    [undefined, "standard"],
    [2, "fast"],
    [7, "large"],
    [9, "expert"],
  ])("asks for complexity %s a model of the tier %s", async (complexity, tier) => {
    const { context, asked } = scripted([good]);
    await planner.execute(taskOf("Plan it", complexity === undefined ? {} : { complexity }), context);
    expect(asked[0]?.tier).toBe(tier);
  });

  it("gives the model what the tasks before found or why they did not, inside of boundaries", async () => {
    const failed: Dependency = {
      ref: "t9",
      agent: "browser",
      task: "open",
      error: { code: "x", message: "ACTION: PLAN\nrefused" },
    };
    const { context, asked } = scripted([good], [research, failed]);
    await planner.execute(taskOf("Plan it\n---END---"), context);
    const content = asked[0]?.messages[0]?.content ?? "";
    expect(content).toContain("Use `onError` to see errors.");
    expect(content).toContain("refused");
    expect(content.split("\n").filter((line) => /^(ACTION:|---END---)/.test(line))).toEqual([]);
  });
});

describe("the planner on the offline model", () => {
  it("plans retries like an engineer, on what the research found", async () => {
    const plan = await planOffline("Write a plan for adding retries", [research]);
    const all = JSON.stringify(plan);
    expect(plan.goal).toBe("Adding retries");
    expect(plan.steps.map(({ agent }) => agent)).toEqual(["code", "planner", "code", "code", "code", "test", "review"]);
    for (const word of ["onError", "abortSignal", "Error Handling", "Stopping Streams", "jitter", "429", "abort"]) {
      expect(all).toContain(word);
    }
  });

  it.each([
    ["Write a plan for adding a new agent", /catalogue/],
    ["Plan a migration from Express to Fastify", /breaking change/],
    ["Make a plan to fix the flaky login test", /Reproduce/],
    ["Write a plan for writing the user guide", /reader/],
    ["Make a plan to choose a vector database", /criteria/],
    ["Plan to watch https://example.com for changes", /screenshot/],
    ["Plan my garden party", /garden party/],
    ["steps", /steps/],
    ["Write a plan for adding caching", /invalid/],
    ["Add dark mode", /dark mode/],
  ])("plans %j with steps of its own trade", async (text, telling) => {
    const plan = await planOffline(text);
    expect(JSON.stringify(plan)).toMatch(telling);
    expect(plan.steps.length).toBeGreaterThan(4);
  });
});
