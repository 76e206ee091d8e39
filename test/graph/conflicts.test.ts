import { describe, expect, it } from "vitest";
import { conflictsOf, type SettledResult } from "#/lib/graph/conflicts.ts";
import type { Evidence, TaskResult } from "#/lib/protocol/result.ts";

const source = { title: "Guide", heading: [], url: "/documents/1", origin: "guide.md" };
const quote = (text: string): Evidence => ({ claim: text, quote: text, source });

const brings = (given: Partial<TaskResult>): TaskResult => ({ text: "", evidence: [], artifacts: [], ...given });
const said = (ref: string, given: Partial<TaskResult>, more: Partial<SettledResult> = {}): SettledResult => ({
  ref,
  agent: "knowledge",
  priority: 50,
  result: brings(given),
  ...more,
});
const between = (one: string, other: string) =>
  conflictsOf([said("t1", { claims: [one] }), said("t2", { claims: [other] })]);

describe("contradictions between results", () => {
  it.each([
    ["a denial", "streamText throws when the provider fails.", "streamText does not throw when the provider fails."],
    ["a contraction", "The gateway retries failed calls.", "The gateway doesn't retry failed calls."],
    ["never", "A committed turn is generated again.", "A committed turn is never generated again."],
    ["no longer", "The library is maintained.", "The library is no longer maintained."],
    ["there is no", "There is no default timeout.", "The default timeout is 30 seconds."],
    ["an opposite", "Telemetry is enabled by default.", "Telemetry is disabled by default."],
    ["un-", "The Responses API is supported on Azure.", "The Responses API is unsupported on Azure."],
    ["a number", "The default of maxRetries is 2.", "The default of maxRetries is 3."],
    ["a number in a word", "A run has at most five turns.", "A run has at most 10 turns."],
    ["a unit", "The default timeout is 30 seconds.", "The default timeout is 2 minutes."],
    ["a version", "Streams were introduced in Redis 5.0.", "Streams were introduced in Redis 6.2."],
    ["a long version", "The newest release is 4.10.2.", "The newest release is v4.9.11."],
    ["a year", "The company was founded in 1998.", "The company was founded in 1999."],
    ["a date", "The package was released on March 1, 2024.", "The package was released on 2024-05-02."],
    ["a price", "The plan costs $20 per month.", "The plan costs $25 per month."],
    ["a share", "The cache serves 80% of requests.", "The cache serves 60 percent of requests."],
    ["an answer", "Yes, the cache keeps failed requests.", "No, the cache keeps failed requests."],
    [
      "other wording",
      "A browser task has a default timeout of 3 minutes.",
      "The default timeout of browser tasks is 5 min.",
    ],
  ])("%s", (_, one, other) => {
    expect(between(one, other)).toHaveLength(1);
    expect(between(other, one)).toHaveLength(1);
  });

  it.each([
    [
      "two functions",
      "The maxRetries option of generateText defaults to 2.",
      "The maxRetries option of embedMany defaults to 3.",
    ],
    ["two functions, one denied", "generateText retries failed calls.", "streamText does not retry failed calls."],
    [
      "two agents",
      "The default timeout of knowledge tasks is 5 minutes.",
      "The default timeout of browser tasks is 3 minutes.",
    ],
    ["the rule and its exception", "Calls are retried twice.", "Calls are not retried when the signal was aborted."],
    [
      "general and special",
      "The default timeout of a task is 5 minutes.",
      "The default timeout of a task for the browser is 3 minutes.",
    ],
    ["with and without", "Deputy works with an API key.", "Deputy works without an API key."],
    ["the same in other units", "The default timeout is 60 seconds.", "The default timeout is 1 minute."],
    ["the same in words", "A run has at most ten turns.", "A run has at most 10 turns."],
    ["an approximation", "The build takes about 30 seconds.", "The build takes 31 seconds."],
    ["bounds", "The server needs at least 2 GB of memory.", "The server needs at most 8 GB of memory."],
    ["a bound on one side", "The build takes under 30 seconds.", "The build takes 20 seconds."],
    ["a name on one side", "The default timeout is 30 seconds.", "The default streamText timeout is 60 seconds."],
    ["instructions", "Upgrade to AI SDK 5.0.", "Upgrade to AI SDK 6.0."],
    ["a subject that stands elsewhere", "It costs $20 per month.", "It costs $25 per month."],
    ["announcements", "The plan for beginners has 3 parts:", "The plan for beginners has 4 parts:"],
    ["addresses", "The page opens at http://localhost:3000.", "The page opens at http://localhost:8081."],
    [
      "what something is told apart from",
      "A call means acceptance of a request.",
      "A call means acceptance of a request, not an end.",
    ],
    ["two years", "In 2023 the company had 40 employees.", "In 2024 the company had 55 employees."],
    ["two versions", "Node 18 has a test runner.", "Node 20 has no test runner."],
    ["several are supported", "Deputy supports Node 20.", "Deputy supports Node 22."],
    ["two things denied", "The parser does not throw and does not log.", "The parser does not throw."],
    ["both deny", "No agent calls a model.", "The agent does not call a model."],
    ["a limit of something else", "A run has at most 32 tasks.", "A run has at most 10 turns."],
    ["two measures", "A worker needs 110 MB of memory.", "A worker needs 2 seconds of time."],
    ["nothing but numbers", "30", "60"],
    ["one word", "Default: 2", "Default: 3"],
  ])("is not raised by %s", (_, one, other) => {
    expect(between(one, other)).toEqual([]);
    expect(between(other, one)).toEqual([]);
  });

  it("finds them in claims, in quotes, and in what was only said", () => {
    const claimed = said("t1", { claims: ["The default of maxRetries is 2."] });
    const quoted = said("t2", { evidence: [quote("Some settings matter. The default of maxRetries is 3.")] });
    const told = said("t3", { text: "## Found\n\n- The default of `maxRetries` is **4**.\n- More is not known." });
    expect(conflictsOf([claimed, quoted, told]).map(({ first, second }) => [first.ref, second.ref])).toEqual([
      ["t2", "t1"],
      ["t2", "t3"],
      ["t1", "t3"],
    ]);
  });

  it("says what both speak of, and shows both statements as they were written", () => {
    expect(between("The default of `maxRetries` is 2.", "The default of maxRetries is 3.")).toEqual([
      {
        subject: "default maxRetries",
        first: { ref: "t1", agent: "knowledge", statement: "The default of `maxRetries` is 2.", evidence: 0 },
        second: { ref: "t2", agent: "knowledge", statement: "The default of maxRetries is 3.", evidence: 0 },
        rule: "nothing speaks for either side; t1 was there first",
      },
    ]);
  });

  it("compares a bare yes and no only when both answer the same question", () => {
    const answer = (ref: string, claim: string, task?: string) => said(ref, { claims: [claim] }, { task });
    const asked = "Is the document store thread safe?";
    expect(conflictsOf([answer("t1", "Yes.", asked), answer("t2", "No", asked)])).toMatchObject([
      { subject: "document store thread safe", first: { statement: "Yes." }, second: { statement: "No" } },
    ]);
    expect(conflictsOf([answer("t1", "Yes.", asked), answer("t2", "No", "Is the web page loaded twice?")])).toEqual([]);
    expect(conflictsOf([answer("t1", "Yes."), answer("t2", "No")])).toEqual([]);
    expect(conflictsOf([answer("t1", "Yes.", asked), answer("t2", "It is unknown.", asked)])).toEqual([]);
  });

  it("keeps two things apart that others speak of, too", () => {
    const claims = [
      "The default timeout of knowledge tasks is 5 minutes.",
      "The default timeout of browser tasks is 3 minutes.",
      "The knowledge agent searches documents.",
      "The browser agent opens pages.",
    ];
    expect(conflictsOf(claims.map((claim, at) => said(`t${at}`, { claims: [claim] })))).toEqual([]);
  });

  it("does not hold a result against itself", () => {
    expect(conflictsOf([said("t1", { claims: ["The limit of a run is 5.", "The limit of a run is 6."] })])).toEqual([]);
  });

  it("lists one contradiction once, with the best of each side", () => {
    const two = "The default of maxRetries is 2.";
    const three = "The default of maxRetries is 3.";
    const sides = [two, three, two, three, two].map((claim, at) =>
      said(`t${at + 1}`, { claims: [claim], confidence: 0.5 + at / 10 }),
    );
    expect(conflictsOf(sides)).toMatchObject([{ first: { ref: "t5" }, second: { ref: "t4" } }]);
  });

  it("gives the same whatever the results were made of, and stops at 20", () => {
    const all = Array.from({ length: 30 }, (_, at) => [
      said(`a${at}`, { claims: [`The limit of topic${at} words is ${at}.`] }),
      said(`b${at}`, { claims: [`The limit of topic${at} words is ${at + 1}.`] }),
    ]).flat();
    expect(conflictsOf(all)).toHaveLength(20);
    expect(conflictsOf(all)).toEqual(conflictsOf(structuredClone(all)));
  });

  it("finds what the last of 50 results says against the first one, and looks at no more", () => {
    const about = (at: number) => said(`t${at}`, { claims: [`The port of service${at} is ${at}.`] });
    const others = Array.from({ length: 48 }, (_, at) => about(at + 2));
    const first = said("t1", { claims: ["A browser task has a default timeout of 3 minutes."] });
    const last = said("t50", { claims: ["The default timeout of browser tasks is 5 min."] });
    expect(conflictsOf([first, ...others, last])).toMatchObject([{ first: { ref: "t1" }, second: { ref: "t50" } }]);
    expect(conflictsOf([last, ...others, first])).toMatchObject([{ first: { ref: "t50" }, second: { ref: "t1" } }]);
    expect(conflictsOf([first, ...others, about(50), last])).toEqual([]);
  });

  it("finds what says more than the other side, whichever comes first, and however common the words of both are", () => {
    const common = [
      "The gateway writes a log.",
      "A worker retries.",
      "Failed writes are told.",
      "All calls are counted.",
    ];
    const others = common.map((claim, at) => said(`o${at}`, { claims: [claim] }));
    const short = said("t1", { claims: ["The gateway retries failed calls."] });
    const long = said("t2", { claims: ["The gateway does not retry failed model calls."] });
    expect(conflictsOf([...others, short, long])).toMatchObject([{ first: { ref: "t1" }, second: { ref: "t2" } }]);
    expect(conflictsOf([...others, long, short])).toMatchObject([{ first: { ref: "t2" }, second: { ref: "t1" } }]);
  });

  it("tells the same in whatever order the results come, where one is surer than the other", () => {
    const claims = [
      "The default of maxRetries is 2.",
      "A browser task has a default timeout of 3 minutes.",
      "The default of maxRetries is 3.",
      "The default timeout of browser tasks is 5 min.",
      "The default of maxRetries is 4.",
    ];
    const all = claims.map((claim, at) => said(`t${at}`, { claims: [claim], confidence: 0.9 - at / 10 }));
    const told = conflictsOf(all);
    expect(told).toHaveLength(4);
    for (const at of all.keys()) {
      const turned = [...all.slice(at), ...all.slice(0, at)];
      expect(conflictsOf(turned)).toEqual(told);
      expect(conflictsOf(turned.toReversed())).toEqual(told);
    }
  });

  it("does bounded work for results that all say the same thing in other numbers", () => {
    const many = Array.from({ length: 500 }, (_, at) =>
      said(`t${at}`, {
        evidence: Array.from({ length: 200 }, (_, n) => quote(`The limit of all things is ${at * n}.`)),
      }),
    );
    const before = performance.now();
    expect(conflictsOf(many)).toHaveLength(20);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe("what of a contradiction is shown first", () => {
  const yes = "The gateway retries failed calls.";
  const no = "The gateway does not retry failed calls.";
  const firstOf = (one: Partial<SettledResult["result"]>, other: typeof one, priorities = [50, 50]) => {
    const [priority, priorityOfOther] = priorities;
    const [conflict] = conflictsOf([
      said("t1", { claims: [yes], ...one }, { priority }),
      said("t2", { claims: [no], ...other }, { priority: priorityOfOther }),
    ]);
    return [conflict?.first.ref, conflict?.rule];
  };

  it("is what has evidence, however sure the other one is", () => {
    const more = { confidence: 1, evidence: [quote("The weather is fine today in town.")] };
    const rule = "t2 has more evidence (1 against 0)";
    expect(firstOf(more, { confidence: 0.1, evidence: [quote(no)] }, [90, 10])).toEqual(["t2", rule]);
  });

  it("then what its agent is surer of, whatever its priority", () => {
    const rule = "as much evidence on both sides; t2 is surer (0.9 against 0.5)";
    expect(firstOf({}, { confidence: 0.9 }, [90, 10])).toEqual(["t2", rule]);
  });

  it("then what the agent with the higher priority says", () => {
    const rule =
      "as much evidence on both sides, equally sure; the agent of t2 has the higher priority (knowledge 60, knowledge 50)";
    expect(firstOf({}, {}, [50, 60])).toEqual(["t2", rule]);
  });

  it("and else what was there first", () => {
    expect(firstOf({}, {})).toEqual(["t1", "nothing speaks for either side; t1 was there first"]);
  });
});
