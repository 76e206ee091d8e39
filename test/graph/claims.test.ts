import { describe, expect, it } from "vitest";
import { claimsOf, maxClaims, normalise, sameClaim } from "#/lib/graph/claims.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";

const result = (given: Partial<TaskResult>): TaskResult => ({ text: "", evidence: [], artifacts: [], ...given });
const source = { title: "Page", heading: [], url: "/documents/1#passage-1", origin: "page.md" };

describe("the claims of a result", () => {
  it("are those that it states, before those of its evidence, before its first sentences", () => {
    const evidence = [{ claim: "from evidence", quote: "q", source }];
    expect(claimsOf(result({ claims: [" stated\n so "], evidence, text: "Written." }))).toEqual(["stated so"]);
    expect(claimsOf(result({ claims: [" "], evidence, text: "Written." }))).toEqual(["from evidence"]);
    expect(claimsOf(result({ text: "Written. And more." }))).toEqual(["Written.", "And more."]);
  });

  it("are read from Markdown without its code, headings and tables", () => {
    const text =
      "# Title\n\n- **First** [one](http://a.b/c) [1].\n2. Second\n\n```js\nthrow 1\n```\n| a |\n\n> Third! Fourth";
    expect(claimsOf(result({ text }))).toEqual(["First one.", "Second", "Third!", "Fourth"]);
  });

  it("are at most twenty, and each is cut", () => {
    expect(claimsOf(result({ claims: Array.from({ length: 40 }, (_, at) => `claim ${at}`) }))).toHaveLength(maxClaims);
    expect(claimsOf(result({ claims: [`${"x".repeat(999)}😀`] }))[0]).toHaveLength(1_000);
  });

  it("are none for a vote without agreement", () => {
    const consensus = { reached: false, winner: "Yes", share: 0.3, minAgreement: 0.6, votes: [], dissent: [] };
    expect(claimsOf(result({ text: "There is no consensus.", consensus }))).toEqual([]);
  });
});

describe("one spelling for one wording", () => {
  it.each([
    ["**The** `answer` is: Paris!", "paris"],
    ["It isn't  safe", "it is not safe"],
    ["It can’t retry", "it can not retry"],
    ["You cannot retry", "you can not retry"],
    ["1,000,000 rows", "1000000 rows"],
    ["a million rows, actually", "million rows"],
    ["2 million rows", "2000000 rows"],
    ["forty-two tasks", "42 tasks"],
    ["It takes 5.0 sec", "it takes 5 second"],
    ["It takes five seconds", "it takes 5 second"],
    ["It takes 5s", "it takes 5 second"],
    ["50% of them", "50 percent of them"],
    ["fifty per cent of them", "50 percent of them"],
    ["Python v3.10", "python 3.10"],
    ["the one that waits", "one that waits"],
    ["It takes one minute", "it takes 1 minute"],
    ["C++ and C#", "c++ and c#"],
    ["Below -5 degrees", "below -5 degrees"],
    ["[Streams](https://example.org/a) end [3]", "streams end"],
    ["", ""],
    ["Данные хранятся.", "данные хранятся"],
  ])("reads %j as %j", (claim, expected) => {
    expect(normalise(claim)).toBe(expected);
  });

  it.each([
    ["Yes.", "yes"],
    ["**TRUE**", "yes"],
    ["Yes, it is.", "yes"],
    ["The claim is correct.", "yes"],
    ["The statement that X throws is not false", "yes"],
    ["Verdict: true", "yes"],
    ["No", "no"],
    ["no, it isn't", "no"],
    ["False.", "no"],
    ["That's wrong", "no"],
    ["Not true", "no"],
    ["The claim that the earth is flat is false.", "no"],
    ["Unknown", "unknown"],
    ["I don't know.", "unknown"],
    ["It cannot be determined.", "unknown"],
    ["Not enough information", "unknown"],
    ["Nothing in the ingested documents answers “does it wait”.", "unknown"],
  ])("reads the answer %j as %j", (claim, expected) => {
    expect(normalise(claim)).toBe(expected);
  });

  it.each([
    "No errors are thrown",
    "Unknown options are ignored",
    "False positives are rare",
    "True north is a direction",
  ])("reads %j as no answer", (claim) => {
    expect(normalise(claim).split(" ").length).toBeGreaterThan(2);
    expect(sameClaim(claim, "Yes")).toBe(false);
    expect(sameClaim(claim, "No")).toBe(false);
    expect(sameClaim(claim, "Unknown")).toBe(false);
  });
});

describe("claims that are the same", () => {
  it.each([
    ["Paris is the capital of France.", "The capital of France is Paris"],
    ["Paris", "The capital of France is **Paris**."],
    ["paris", "Paris is the capital of France."],
    ["42", "The answer is forty-two"],
    ["42 tasks", "42"],
    ["Yes", "Yes, streamText throws it."],
    ["Yes, streamText throws errors", "streamText throws errors"],
    ["The timeout is 30 seconds.", "The timeout is 30s"],
    ["The timeout is 30 seconds", "The timeout is 30"],
    ["The client retries failed requests three times", "Failed requests are retried 3 times by the client"],
    ["streamText does not throw errors", "Errors aren't thrown by streamText"],
    ["Redis carries ids and Postgres keeps the record", "Postgres keeps the record, and Redis carries ids"],
    ["Use Postgres", "Postgres"],
  ])("%j and %j", (one, other) => {
    expect(sameClaim(one, other)).toBe(true);
    expect(sameClaim(other, one)).toBe(true);
  });
});

describe("claims that are not the same", () => {
  it.each([
    ["Paris is the capital of France.", "Lyon is the capital of France"],
    ["Paris", "The capital of France is Lyon"],
    ["Paris", "The capital of France is not Paris"],
    ["Yes", "No"],
    ["Yes", "Unknown"],
    ["Yes, it throws", "No, it throws"],
    ["False: streamText throws errors", "streamText throws errors"],
    ["streamText throws errors", "streamText doesn't throw errors"],
    ["streamText throws errors", "streamText never throws errors"],
    ["The timeout is 30 seconds", "The timeout is 60 seconds"],
    [
      "The default timeout of the server connection is 5 seconds",
      "The default timeout of the server connection is 5 minutes",
    ],
    ["Python 3.1 is needed", "Python 3.10 is needed"],
    ["It costs $5 a month", "It costs €5 a month"],
    ["Postgres is faster than Redis", "Redis is faster than Postgres"],
    ["The worker depends on the queue", "The queue depends on the worker"],
    ["Postgres stores the events and results of runs", "Redis stores the events and results of runs"],
    ["The best library for async web scraping is aiohttp", "For async web scraping the best library is httpx"],
    ["We recommend aiohttp for web scraping in python", "We recommend httpx for web scraping in python"],
    ["The retry of failed requests is enabled by default", "By default the retry of failed requests is disabled"],
    ["The old interface is supported by the server", "The old interface is unsupported by the server"],
    ["All open tasks of the run are cancelled", "Some open tasks of the run are cancelled"],
    ["", ""],
    ["", "Paris"],
  ])("%j and %j", (one, other) => {
    expect(sameClaim(one, other)).toBe(false);
    expect(sameClaim(other, one)).toBe(false);
  });
});

it("compares hostile text in time that grows with its length", () => {
  for (const unit of ["[", "<a ", "the claim that ", "it is true that ", "one ", "a.", "-1", "**_", "> "]) {
    const long = unit.repeat(400_000 / unit.length);
    const begin = performance.now();
    sameClaim(long, `${long}!`);
    claimsOf(result({ text: long }));
    expect(performance.now() - begin).toBeLessThan(500);
  }
});
