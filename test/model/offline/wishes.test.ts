import { describe, expect, it } from "vitest";
import { type Wish, wishesOf } from "#/lib/model/offline/wishes.ts";

const brief = (wishes: readonly Wish[]) => wishes.map(({ agent, task }) => `${agent}: ${task}`);

describe("what a request holds", () => {
  it.each<[string, string[]]>([
    [
      "Research how streamText reports errors and how to abort it, then write a plan for adding retries",
      ["knowledge: how streamText reports errors and how to abort it", "planner: Write a plan for adding retries"],
    ],
    ["How does Deputy deliver tasks?", ["knowledge: How does Deputy deliver tasks?"]],
    [
      "What can the browser agent open, and what does it refuse?",
      ["knowledge: What can the browser agent open, and what does it refuse?"],
    ],
    [
      "Compare how PLANNING and VERIFYING work, then write a plan for adding a new agent",
      [
        "knowledge: how PLANNING works",
        "knowledge: how VERIFYING works",
        "planner: Write a plan for adding a new agent",
      ],
    ],
    [
      "Compare how Deputy handles a lost worker and a lost Redis, and tell me the differences",
      ["knowledge: how Deputy handles a lost worker", "knowledge: how Deputy handles a lost Redis"],
    ],
    ["Compare how a lease and a claim work", ["knowledge: how a lease works", "knowledge: how a claim works"]],
    ["Compare A, B and C", ["knowledge: A", "knowledge: B", "knowledge: C"]],
    ["Compare Redis and Postgres, and tell me the differences", ["knowledge: Redis", "knowledge: Postgres"]],
    ["Compare A with B and say which one is better for queues", ["knowledge: A", "knowledge: B"]],
    ["compare leases and claims and list their main differences.", ["knowledge: leases", "knowledge: claims"]],
    ["Compare showing and telling", ["knowledge: showing", "knowledge: telling"]],
    ["redis vs postgres for queues", ["knowledge: redis for queues", "knowledge: postgres for queues"]],
    ["compare SSE with WebSockets", ["knowledge: SSE", "knowledge: WebSockets"]],
    [
      "Compare the performance of Redis and Postgres",
      ["knowledge: the performance of Redis", "knowledge: the performance of Postgres"],
    ],
    ["How do runs end? What is a lease?", ["knowledge: How do runs end?", "knowledge: What is a lease?"]],
    [
      "How does streamText report errors? And how do I abort it?",
      ["knowledge: How does streamText report errors?", "knowledge: how do I abort it (streamText)?"],
    ],
    ["Hello! Could you please explain leases? Thanks!", ["knowledge: leases?"]],
    ["Open https://example.com/a?b=1, please.", ["browser: Open https://example.com/a?b=1"]],
    ["visit example.com", ["browser: Visit https://example.com"]],
    ["open next.config.js", ["knowledge: open next.config.js"]],
    [
      "What do https://a.example/x and https://b.example say about cookies?",
      [
        "browser: Open https://a.example/x and read it for this: What do say about cookies?",
        "browser: Open https://b.example and read it for this: What do say about cookies?",
      ],
    ],
    [
      "Read https://example.com/docs, then write a plan for adopting it",
      ["browser: Read https://example.com/docs", "planner: Write a plan for adopting it"],
    ],
    ["How does the planner make a plan?", ["knowledge: How does the planner make a plan?"]],
    ["Show me how the planner makes a plan", ["knowledge: how the planner makes a plan"]],
    ["Can you make a roadmap for moving to Postgres 18?", ["planner: Make a roadmap for moving to Postgres 18?"]],
    ["What steps should I take to upgrade?", ["planner: What steps should I take to upgrade?"]],
    ["Fix the bug in the parser", ["planner: Fix the bug in the parser"]],
    ["Ask the review agent to look at the parser", ["review: look at the parser"]],
    ["Our queue is Redis. Why does XAUTOCLAIM return nothing?", ["knowledge: Why does XAUTOCLAIM return nothing?"]],
    ["quantum chromodynamics lattice", ["knowledge: quantum chromodynamics lattice"]],
    ["Why is this slow?\n```js\nfoo(). Bar()\n```", ["knowledge: Why is this slow?"]],
  ])("%j", (request, expected) => {
    expect(brief(wishesOf(request))).toEqual(expected);
  });

  it.each<[string, Wish[]]>([
    [
      "Verify by vote that a result is stored exactly once",
      [{ agent: "knowledge", task: "Is it true that a result is stored exactly once?", mode: "consensus" }],
    ],
    [
      "Please check that leases belong to workers by consensus of five agents.",
      [{ agent: "knowledge", task: "Is it true that leases belong to workers?", mode: "consensus", voters: 5 }],
    ],
    [
      "Do 4 agents agree that Redis holds no payload?",
      [{ agent: "knowledge", task: "Is it true that Redis holds no payload?", mode: "consensus", voters: 4 }],
    ],
    [
      "Let the agents vote on which phase comes first",
      [{ agent: "knowledge", task: "Which phase comes first?", mode: "consensus" }],
    ],
    ["Let the agents bid on research about leases", [{ agent: "any", task: "Research about leases", mode: "market" }]],
    ["Auction: find out how runs end", [{ agent: "any", task: "Find out how runs end", mode: "market" }]],
    [
      "Write a plan for adding retries with subtasks",
      [{ agent: "planner", task: "Write a plan for adding retries", mode: "hierarchical" }],
    ],
    ["Research hierarchically how runs end", [{ agent: "knowledge", task: "hierarchically how runs end" }]],
    [
      "Compare A and B hierarchically",
      [
        { agent: "knowledge", task: "A", mode: "hierarchical" },
        { agent: "knowledge", task: "B", mode: "hierarchical" },
      ],
    ],
    ["How does a vote work?", [{ agent: "knowledge", task: "How does a vote work?" }]],
    ["What is an auction?", [{ agent: "knowledge", task: "What is an auction?" }]],
    ["How do agents agree on a claim?", [{ agent: "knowledge", task: "How do agents agree on a claim?" }]],
  ])("%j, in the pattern that it names", (request, expected) => {
    expect(wishesOf(request)).toEqual(expected);
  });

  it("takes the name behind a pronoun from what the person said before", () => {
    const earlier = ["And in tests?", "How does streamText report errors?"];
    expect(brief(wishesOf("how do I abort it?", earlier))).toEqual(["knowledge: how do I abort it (streamText)?"]);
    expect(brief(wishesOf("how do I see that a run ends?", earlier))).toEqual([
      "knowledge: how do I see that a run ends?",
    ]);
  });

  it("finds the question in front of a long paste, and behind it", () => {
    const paste = `\n${"at run (server.js:1:2)\n".repeat(2_000)}`;
    expect(brief(wishesOf(`What is a lease?${paste}`))).toContain("knowledge: What is a lease?");
    expect(brief(wishesOf(`${paste}What is a lease?`))).toContain("knowledge: What is a lease?");
  });

  it.each([
    ", ",
    "a, ",
    "and ",
    "\n",
    "open a.",
    " and write",
    "compare a, ",
    "`",
    "please ",
    "verify by vote ",
    "by vote ",
    "with subtasks ",
  ])("is found in no time in a message of nothing but %j", (piece) => {
    const startedAt = performance.now();
    wishesOf(`Compare ${piece.repeat(60_000 / piece.length)}`);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it("never holds more than eight wishes, nor one twice", () => {
    expect(wishesOf(Array.from({ length: 30 }, (_, at) => `What is x${at}?`).join(" "))).toHaveLength(8);
    expect(wishesOf("What is a run? What is a run?")).toHaveLength(1);
  });
});
