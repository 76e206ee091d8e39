import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noSuitableAgent, type Routable, route } from "#/lib/graph/route.ts";
import type { Capability } from "#/lib/protocol/agent.ts";
import { AgentScore } from "#/lib/protocol/orchestration.ts";

const can = (name: string, description: string, more: Partial<Capability> = {}) => ({ name, description, ...more });
const noRecord = { completed: 0, failed: 0, meanSeconds: null };

const agent = (
  type: Routable["type"],
  capabilities: readonly Capability[],
  given: Partial<Routable> = {},
): Routable => ({
  type,
  capabilities,
  priority: 50,
  live: 0,
  workers: 1,
  record: noRecord,
  ...given,
});

const knowledge = agent("knowledge", [
  can("search", "Full-text search over the ingested documents, by words, stems and identifiers"),
  can("quote", "Findings with the exact words of the source and a link to the passage"),
]);
const planner = agent("planner", [
  can("plan", "Breaks a goal down into a graph of steps without cycles"),
  can("acceptance", "Gives each step a criterion that a person can check"),
]);
const browser = agent("browser", [
  can("read-page", "Readable text of the page, after its scripts ran", { input: "url", output: "markdown" }),
  can("tables", "Tables and prices of a page as rows"),
]);
const review = agent("review", [can("review_code", "Reads a change and names its faults")]);
const all = [knowledge, planner, browser, review];

const chosen = (task: string, agents = all) => route({ choice: "any", task }, agents).agent;

describe("AGENT_TYPE any", () => {
  it.each([
    ["What is Redis?", "knowledge"],
    ["Research how streamText reports errors", "knowledge"],
    ["Compare LangGraph and Deputy", "knowledge"],
    ["What are the steps to install Redis?", "knowledge"],
    ["Kestrel vaults", "knowledge"],
    ["Read page 5 of the handbook", "knowledge"],
    ["Write a plan for adding retries", "planner"],
    ["Please break the migration down into steps", "planner"],
    ["Make a plan for moving https://old.example.com to a new host", "planner"],
    ["Open https://example.com and tell me what it costs", "browser"],
    ["What does https://example.com/prices say?", "browser"],
    ["Get the tables of www.example.org", "browser"],
    ["Review the code of the parser", "review"],
  ])("gives %j to %s", (task, expected) => {
    expect(chosen(task)).toBe(expected);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["What does it cost?", { url: "https://example.com/prices" }, "browser"],
    ["Kestrel vaults", { pages: ["www.example.org"] }, "browser"],
    ["Read it", { documents: ["guide.md", "notes.io.md"] }, "knowledge"],
    ["Review the first of them", { documents: ["https://example.com/guide"] }, "knowledge"],
    ["Say what was done", { plan: { goal: "Ship", steps: [{ id: "a" }] } }, "planner"],
    ["What comes first?", { steps: ["install", "start"] }, "planner"],
    ["Write a plan for moving to a new host", { url: "https://old.example.com" }, "planner"],
    ["What is Redis?", { documents: [], steps: [], url: "", board: true, note: "a plan" }, "knowledge"],
  ])("gives %j with INPUT %j to %s", (task, input, expected) => {
    expect(route({ choice: "any", task, input }, all).agent).toBe(expected);
  });

  it("says that INPUT has decided, and takes an address in it for one that the task holds", () => {
    const url = "https://example.com/prices";
    const [first] = route({ choice: "any", task: "What does it cost?", input: { url } }, all).scores;
    expect(first?.reasons[0]).toBe("opens addresses, and the INPUT holds one");
    const inWords = route({ choice: "any", task: `What does it cost at ${url}?` }, all).scores;
    expect(first?.score).toBeCloseTo(inWords[0]?.score ?? 0, 1);
    const tables = (input?: Record<string, unknown>) =>
      route({ choice: "any", task: "Tables and prices", ...(input && { input }) }, [browser]).scores[0];
    expect(tables()?.reasons[0]).toContain("needs an address");
    expect(tables({ url })?.reasons[0]).not.toContain("needs an address");
  });

  it("is not slowed down by a large INPUT", () => {
    const input = {
      rows: Array.from({ length: 20_000 }, (_, at) => ({ at, deep: { text: `row ${at} `.repeat(20) } })),
    };
    const begun = performance.now();
    expect(route({ choice: "any", task: "What is Redis?", input }, all).agent).toBe("knowledge");
    expect(performance.now() - begun).toBeLessThan(200);
  });

  it("shows everybody who was looked at, best first, with reasons in words", () => {
    const { scores } = route({ choice: "any", task: "Research how streamText reports errors" }, all);
    expect(scores.map((score) => score.agent)).toEqual(["knowledge", "planner", "browser", "review"]);
    expect(scores[0]).toEqual({
      agent: "knowledge",
      score: 0.735,
      reasons: [
        "searches, and something is asked or to be looked up",
        "no record yet",
        "priority 50",
        "free",
        "about 10 s and $0.001 expected",
      ],
    });
    expect(scores[1]).toEqual({ agent: "planner", score: 0, reasons: ["does nothing that the task asks for"] });
  });

  it("chooses nobody when nobody does what is asked for", () => {
    expect(route({ choice: "any", task: "What is Redis?" }, [planner])).toMatchObject({ agent: null });
    expect(route({ choice: "any", task: "What is Redis?" }, [])).toEqual({ agent: null, scores: [] });
  });

  it("takes the one whose work it is although no worker runs it now, and else one that runs", () => {
    const away = { ...browser, workers: 0 };
    expect(chosen("Open https://example.com", [knowledge, away])).toBe("browser");
    expect(chosen("What is Redis?", [{ ...knowledge, workers: 0 }, twin({})])).toBe("code");
  });
});

/** Another agent that does exactly what the knowledge agent does. */
const twin = (given: Partial<Routable>) => agent("code", knowledge.capabilities, given);

describe("two agents that suit a task equally well", () => {
  const task = "What is Redis?";

  it("are told apart by priority", () => {
    expect(chosen(task, [knowledge, twin({ priority: 51 })])).toBe("code");
    expect(chosen(task, [knowledge, twin({ priority: 49 })])).toBe("knowledge");
  });

  it("by load for each worker", () => {
    expect(chosen(task, [{ ...knowledge, live: 3 }, twin({})])).toBe("code");
    expect(chosen(task, [{ ...knowledge, live: 3, workers: 3 }, twin({ live: 2 })])).toBe("knowledge");
  });

  it("by record, which one failure does not ruin", () => {
    const good = { completed: 90, failed: 10, meanSeconds: null };
    const bad = { completed: 10, failed: 90, meanSeconds: null };
    expect(chosen(task, [{ ...knowledge, record: bad }, twin({ record: good })])).toBe("code");
    const scoreOf = (record: Routable["record"]) =>
      route({ choice: "any", task }, [{ ...knowledge, record }]).scores[0]?.score ?? 0;
    expect(scoreOf(noRecord) - scoreOf({ ...noRecord, failed: 1 })).toBeLessThan(0.05);
    expect(scoreOf(noRecord) - scoreOf(bad)).toBeGreaterThan(0.08);
  });

  it("by the time and the money that are expected", () => {
    const slow = { completed: 10, failed: 0, meanSeconds: 600 };
    const fast = { completed: 10, failed: 0, meanSeconds: 2 };
    expect(chosen(task, [{ ...knowledge, record: slow }, twin({ record: fast })])).toBe("code");
    const [search, ...more] = knowledge.capabilities;
    const dear = { ...knowledge, capabilities: [{ ...search, estimatedCostUsd: 1 } as Capability, ...more] };
    const cheap = { ...twin({}), capabilities: [{ ...search, estimatedCostUsd: 0 } as Capability, ...more] };
    expect(chosen(task, [dear, cheap])).toBe("code");
  });

  it("and else by the order of the catalogue", () => {
    expect(chosen(task, [twin({}), knowledge])).toBe("knowledge");
  });
});

describe("AGENT_TYPE can:<capability>", () => {
  it("takes only who has it, whatever the task says, and `-` is `_`", () => {
    const task = "What is Redis?";
    expect(route({ choice: "can:plan", task }, all)).toMatchObject({
      agent: "planner",
      scores: [{ agent: "planner" }],
    });
    expect(route({ choice: "can:read_page", task }, all).agent).toBe("browser");
    expect(route({ choice: "can:review-code", task }, all).agent).toBe("review");
    expect(route({ choice: "can:fly", task }, all)).toEqual({ agent: null, scores: [] });
  });

  it("takes the better one of two", () => {
    expect(route({ choice: "can:search", task: "x" }, [knowledge, twin({ priority: 90 })]).agent).toBe("code");
  });
});

describe("a named type", () => {
  it("is taken as it is", () => {
    const busy = { ...planner, workers: 0, live: 50 };
    expect(route({ choice: "planner", task: "Open https://example.com" }, [knowledge, busy])).toEqual({
      agent: "planner",
      scores: [{ agent: "planner", score: 1, reasons: ["named by the delegation"] }],
    });
  });

  it("that is not there is nobody", () => {
    expect(route({ choice: "test", task: "x" }, all)).toEqual({ agent: null, scores: [] });
  });
});

describe("when nobody suits", () => {
  const offers =
    "There are: knowledge (search, quote), planner (plan, acceptance), browser (read-page, tables), review (review_code).";

  it.each([
    ["can:web_search", `No agent has the capability web_search. The nearest is can:search. ${offers}`],
    ["can:screenplay", `No agent has the capability screenplay. ${offers}`],
    ["can:tabels", `No agent has the capability tabels. The nearest is can:tables. ${offers}`],
    ["code", `Agent code is not registered. ${offers}`],
  ] as const)("%s: says so, and what there is", (choice, message) => {
    expect(noSuitableAgent({ choice, task: "x" }, all)).toBe(message);
  });

  it("names the task that nobody does, cut to what a person reads", () => {
    const message = noSuitableAgent({ choice: "any", task: "laundry ".repeat(100) }, [planner]);
    expect(message).toMatch(/^No agent suits the task "(laundry ){10}\.\.\."\. Name one, or say what is to be done/);
    expect(message.length).toBeLessThan(300);
  });

  it("says that a worker is missing when nobody is registered", () => {
    expect(noSuitableAgent({ choice: "any", task: "x" }, [])).toBe("No agent is registered: start a worker.");
  });
});

describe("every choice", () => {
  it("is the same each time, whatever the order of the agents, with scores that the record can hold", () => {
    const records = fc.record({
      completed: fc.nat(1_000),
      failed: fc.nat(1_000),
      meanSeconds: fc.option(fc.nat(5_000)),
    });
    const states = fc.record({ priority: fc.nat(100), live: fc.nat(200), workers: fc.nat(5), record: records });
    const crowds = fc
      .tuple(states, states, states, states)
      .map((given) => all.map((one, at) => ({ ...one, ...given[at] })));
    const tasks = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("What is it?", "Plan it", "Open http://a.b"));
    fc.assert(
      fc.property(crowds, tasks, (agents, task) => {
        const found = route({ choice: "any", task }, agents);
        expect(route({ choice: "any", task }, agents.toReversed())).toEqual(found);
        for (const score of found.scores)
          expect(AgentScore.parse(score).score).toSatisfy((n: number) => n >= 0 && n <= 1);
      }),
    );
  });
});
