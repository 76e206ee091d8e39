import { describe, expect, test } from "vitest";
import { splitAspects } from "#/agents/knowledge/aspects.ts";

const queries = (task: string) => splitAspects(task).map((aspect) => [...aspect.subject, ...aspect.words].join(" "));

describe("the aspects of a task", () => {
  test("are its questions, and what is named once is the subject of what follows", () => {
    expect(splitAspects("Research how streamText reports errors and how to abort it.")).toEqual([
      { label: "how streamText reports errors", subject: ["streamText"], words: ["errors"] },
      { label: "how to abort it", subject: ["streamText"], words: ["abort"] },
    ]);
  });

  test.each([
    ["What is the difference between a lease and a fencing token?", ["lease", "fencing token"]],
    ["Compare useChat and useCompletion for streaming", ["useChat streaming", "useCompletion streaming"]],
    ["Find out how cancelled runs are handled; explain what a fencing token is.", ["cancelled runs", "fencing token"]],
    ["1. How do I cache responses?\n2. What does maxRetries do?", ["cache responses", "maxRetries"]],
    ["Please research the retry policy of node.js clients", ["node.js retry policy clients"]],
    ["How does Deputy verify results, and what happens when they are wrong?", ["Deputy verify", "Deputy verify wrong"]],
    ["Compare how PLANNING and VERIFYING work, then write a plan for a new agent", ["PLANNING", "VERIFYING"]],
    ["What is a lease? What is a claim?", ["lease", "claim"]],
    ["What is a lease? Who are voters?", ["lease", "voters"]],
    ["Explain leases; explain claims", ["leases", "claims"]],
    ["What is streamText? What are the options?", ["streamText", "streamText options"]],
    ["What is a lease? What happens on abort?", ["lease", "lease abort"]],
    ["Who reads a stream?", ["reads stream"]],
    ["Research who can write the log and who uses it", ["write log", "write log uses"]],
    ["useChat", ["useChat"]],
    ["Explain the docs", ["docs"]],
  ])("%s", (task, expected) => {
    expect(queries(task)).toEqual(expected);
  });

  test("of this product have its name as their subject, not as a word to look for", () => {
    expect(splitAspects("How does Deputy handle a lost worker, and what happens when it comes back?")).toEqual([
      { label: "How does Deputy handle a lost worker", subject: ["Deputy"], words: ["lost", "worker"] },
      { label: "what happens when it comes back", subject: ["Deputy", "lost", "worker"], words: ["comes", "back"] },
    ]);
    expect(splitAspects("How can I use Deputy from TypeScript?")).toMatchObject([
      { subject: ["Deputy"], words: ["TypeScript"] },
    ]);
    expect(splitAspects("What is Deputy?")).toMatchObject([{ subject: [], words: ["Deputy"] }]);
  });

  test("are at most six, each once, and none for a task without words", () => {
    expect(splitAspects("What is Redis? What is Redis?")).toHaveLength(1);
    expect(splitAspects(Array.from({ length: 20 }, (_, n) => `What is part${n}?`).join(" "))).toHaveLength(6);
    expect(splitAspects("?!")).toEqual([]);
    expect(splitAspects("")).toEqual([]);
  });

  test("of a very long task are found in no time", () => {
    const began = performance.now();
    splitAspects("how and what then which or who ".repeat(20_000));
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
