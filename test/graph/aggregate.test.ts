import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregate, type Part } from "#/lib/graph/aggregate.ts";
import { type Evidence, type Page, type PlanGraph, TaskResult } from "#/lib/protocol/result.ts";

const piece = (claim: string, quote = claim): Evidence => ({
  claim,
  quote,
  source: { title: "Page [1]", heading: [], url: "/documents/1#passage-2", origin: "page.md" },
});

const result = (given: Partial<TaskResult>): TaskResult => ({ text: "", evidence: [], artifacts: [], ...given });

const part = (number: number, given: Partial<TaskResult> | string): Part => ({
  ref: `t1.s${number}`,
  agent: "knowledge",
  task: `Question ${number}?`,
  ...(typeof given === "string" ? { error: given } : { result: result(given) }),
});

const plan: PlanGraph = {
  goal: "Ship",
  steps: [{ id: "a", title: "A", agent: "planner", dependsOn: [], complexity: 1, acceptance: "done" }],
};
const page: Page = {
  title: "P",
  requestedUrl: "https://example.org/",
  finalUrl: "https://example.org/",
  status: 200,
  text: "p",
  truncated: false,
  links: [],
  tables: [],
};
const artifact = (id: string) => ({ id, kind: "file" as const, name: id, mediaType: "text/plain", bytes: 1 });

const bytes = (text: string) => new TextEncoder().encode(text).length;

describe("aggregating by concat", () => {
  it("puts each part under a heading, in order, and names those that failed", () => {
    const told = aggregate("concat", [part(1, { text: "First." }), part(2, "timed\nout"), part(3, { text: "Third." })]);
    expect(TaskResult.safeParse(told).error).toBeUndefined();
    expect(told.text).toBe(
      [
        "## t1.s1 · knowledge: Question 1?",
        "First.",
        "Task t1.s2 (knowledge: Question 2?) brought no result: timed out",
        "## t1.s3 · knowledge: Question 3?",
        "Third.",
      ].join("\n\n"),
    );
    expect(told.aggregated).toEqual({ how: "concat", from: ["t1.s1", "t1.s3"] });
  });

  it("keeps all artifacts, stated claims, and the evidence in order without repeats", () => {
    const told = aggregate("concat", [
      part(1, { evidence: [piece("a"), piece("b")], artifacts: [artifact("x")], claims: ["A."] }),
      part(2, { evidence: [piece("other words", "b"), piece("c")], artifacts: [artifact("y")], claims: ["B.", "A."] }),
    ]);
    expect(told.evidence.map(({ claim }) => claim)).toEqual(["a", "b", "c"]);
    expect(told.artifacts.map(({ id }) => id)).toEqual(["x", "y"]);
    expect(told.claims).toEqual(["A.", "B."]);
  });

  it("keeps the only plan and the only page, and names several", () => {
    expect(aggregate("concat", [part(1, { plan }), part(2, { page })])).toMatchObject({ plan, page });
    const two = aggregate("merge", [part(1, { plan, text: "P1" }), part(2, { plan, text: "P2" }), part(3, { page })]);
    expect(two).toMatchObject({ page });
    expect(two.plan).toBeUndefined();
    expect(two.text).toContain("There are 2 plans, of t1.s1, t1.s2: each stands in the result of its task.");
    expect(two.text).toMatch(/P1[\s\S]*P2/);
  });

  it("cuts the long parts alone, on whole characters, and says so", () => {
    const told = aggregate("concat", [
      part(1, { text: "short" }),
      part(2, { text: "€".repeat(90_000) }),
      part(3, { text: "long ".repeat(60_000) }),
    ]);
    expect(bytes(told.text)).toBeLessThanOrEqual(200_000);
    expect(bytes(told.text)).toBeGreaterThan(190_000);
    expect(told.text).toContain("short\n\n## t1.s2");
    expect(told.text.match(/This part was cut: 98 KB of (?:270|300) KB are shown/g)).toHaveLength(2);
    expect(told.text.isWellFormed()).toBe(true);
  });

  it("lets no code fence of one part hide the next", () => {
    const told = aggregate("concat", [part(1, { text: "````js\n```\nx" }), part(2, { text: "after" })]);
    expect(told.text).toContain("````js\n```\nx\n````\n\n## t1.s2");
    const whole = "```\nx\n```";
    expect(aggregate("concat", [part(1, { text: whole })]).text.endsWith(whole)).toBe(true);
  });

  it("says that there is nothing when there are no parts", () => {
    expect(aggregate("concat", []).text).toBe("There is no result to aggregate.");
    expect(aggregate("merge", []).text).toBe("There is no result to aggregate.");
  });
});

describe("aggregating by merge", () => {
  it("says the same claim once with those that make it, those of several first, and keeps contradictions", () => {
    const told = aggregate("merge", [
      part(1, { claims: ["The timeout is 30 seconds.", "It never retries."] }),
      part(2, { evidence: [piece("It retries."), piece("The timeout is 30s")] }),
      part(3, "timed out"),
    ]);
    expect(told.text).toBe(
      [
        "**Said by several**",
        "- The timeout is 30 seconds. (t1.s1, t1.s2)",
        "**Said by one**",
        "- It never retries. (t1.s1)\n- It retries. (t1.s2, [Page 1](/documents/1#passage-2))",
        "Task t1.s3 (knowledge: Question 3?) brought no result: timed out",
      ].join("\n\n"),
    );
    expect(told.claims).toEqual(["The timeout is 30 seconds.", "It never retries.", "It retries."]);
    expect(told.evidence).toHaveLength(2);
  });

  it("keeps whole what has neither claims nor evidence, and remarks about what was not found", () => {
    const told = aggregate("merge", [
      part(1, { text: "- A ([x](y))\n\nNothing in the documents answers “b”.", evidence: [piece("A")] }),
      part(2, { text: "Just prose." }),
    ]);
    expect(told.text).toContain("- A (t1.s1, [Page 1](/documents/1#passage-2))");
    expect(told.text).toContain("Remark of t1.s1: Nothing in the documents answers “b”.");
    expect(told.text).toContain("## t1.s2 · knowledge: Question 2?\n\nJust prose.");
  });

  it("never takes the yes to one question for the yes to another", () => {
    const told = aggregate("merge", [part(1, { claims: ["Yes"] }), part(2, { claims: ["Yes."] })]);
    expect(told.text).toBe("- Question 1? Yes (t1.s1)\n- Question 2? Yes. (t1.s2)");
  });
});

describe("aggregating by vote", () => {
  const says = (...claims: (string | null)[]) =>
    claims.map((claim, at) => part(at + 1, claim === null ? "timed out" : { claims: [claim] }));

  it("gives the answer of more than half of the parts, with the votes", () => {
    const told = aggregate("vote", [
      part(1, { claims: ["Paris"], artifacts: [artifact("x")] }),
      part(2, { claims: ["The capital is Paris."] }),
      part(3, { claims: ["Lyon"] }),
    ]);
    expect(told).toMatchObject({
      consensus: { reached: true, winner: "Paris" },
      claims: ["Paris"],
      aggregated: { how: "vote", from: ["t1.s1", "t1.s2", "t1.s3"] },
      artifacts: [{ id: "x" }],
    });
    expect(told.text).toContain("2 of 3 agree (67 %, at least 67 % were asked for).");
    expect(aggregate("vote", says("Paris", "Paris", "Paris", null, "Lyon"))).toMatchObject({ claims: ["Paris"] });
    expect(aggregate("vote", says("Paris"))).toMatchObject({ claims: ["Paris"] });
  });

  it("takes half of the parts for no agreement, those that failed counted", () => {
    const told = aggregate("vote", says("Paris", "Paris", "Lyon", null));
    expect(told).toMatchObject({ consensus: { reached: false, winner: "Paris", share: 0.5 }, claims: [] });
    expect(told.consensus?.minAgreement).toBeGreaterThan(0.5);
    expect(told.text).toContain("only 2 of 4 agree (50 %, at least 75 % were asked for)");
    expect(told.text).not.toContain("tie");
  });

  it("tells a tie as one, and that there is no majority", () => {
    const told = aggregate("vote", says("Paris", "Lyon", "Lyon", "Paris"));
    expect(told).toMatchObject({
      consensus: { reached: false, share: 0.5, tie: { between: ["Paris", "Lyon"] } },
      claims: [],
    });
    expect(told.text).toContain(
      "There is NO consensus, but a tie: “Paris” and “Lyon” have 2 of 4 votes each (50 %, at least 75 % were asked for).",
    );
    expect(told.text).toContain("No answer has a majority");
    expect(told.text).not.toContain("has most votes");
  });
});

it("fits its bounds, whatever the parts are", () => {
  const results = fc.record({
    text: fc
      .tuple(fc.string({ unit: "binary" }), fc.constantFrom(1, 50_000))
      .map(([text, times]) => text.repeat(times)),
    claims: fc.option(fc.array(fc.string(), { maxLength: 4 }), { nil: undefined }),
    fails: fc.boolean(),
  });
  const sets = fc.array(results, { maxLength: 6 });
  fc.assert(
    fc.property(sets, fc.constantFrom("concat", "merge", "vote"), (all, how) => {
      const parts = all.map(({ text, claims, fails }, at) =>
        part(at + 1, fails ? "failed" : { text: text.toWellFormed(), ...(claims ? { claims } : {}) }),
      );
      const told = aggregate(how, parts);
      expect(TaskResult.safeParse(told).error).toBeUndefined();
      expect(bytes(told.text)).toBeLessThanOrEqual(201_000);
      for (const { ref, result } of parts) if (result === undefined) expect(told.text).toContain(ref);
    }),
    { numRuns: 30 },
  );
});
