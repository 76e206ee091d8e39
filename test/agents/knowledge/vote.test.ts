import { describe, expect, test } from "vitest";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { splitAspects } from "#/agents/knowledge/aspects.ts";
import { judge, statementOf } from "#/agents/knowledge/statement.ts";
import { queriesFor } from "#/agents/knowledge/wording.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import { contextWith, documentOf, resultIn, searchOver, taskOf } from "#/test/agents/knowledge/try-knowledge.ts";

const lease = documentOf("delivery", "The lease belongs to the worker, not to each task. It is renewed every second.");
const throwing = documentOf("errors", "`streamText` does not throw errors. Its errors become parts of the stream.");
const attempts = documentOf("attempts", "A task that fails three times is dead. A person can retry a dead task.");
const record = documentOf("record", "Postgres is the record, Redis is the doorbell.");
const voters = documentOf("voters", "Each voter votes alone. Voters see nothing of the votes of others.");

async function ballotOf(task: string, documents: readonly Passage[], number = 1) {
  const { context } = contextWith([], { search: searchOver(documents) });
  const part = { kind: "vote", number, of: 3 } as const;
  return resultIn(await knowledge.execute(taskOf(task, { part }), context));
}

describe("a voter of the knowledge agent", () => {
  test.each([
    ["Is it true that the lease belongs to the worker?", "yes"],
    ["Verify that the lease does not belong to the worker", "no"],
    ["Does streamText throw errors?", "no"],
    ["Check whether streamText throws errors. Answer with evidence.", "no"],
    ["Verify the claim: streamText does not throw errors", "yes"],
    ["Is it true that a task that fails 3 times is dead?", "yes"],
    ["Is it true that a task that fails five times is dead?", "no"],
    ["Is it true that the lease belongs to the browser?", "not known"],
    ["Is it true that Redis is the record?", "not known"],
    ["Is it true that Postgres is the record?", "yes"],
    ["Is it true that a voter sees the other votes?", "no"],
    ["Is it true that a voter casts votes?", "not known"],
  ])("%s %s", async (task, says) => {
    for (const number of [1, 2, 3]) {
      const ballot = await ballotOf(task, [lease, throwing, attempts, record, voters], number);
      expect(ballot.claims?.[0], `voter ${number}`).toBe(says);
    }
  });

  test("sees nothing of the others on a board neither", async () => {
    const { context } = contextWith([], { search: searchOver([lease]) });
    const task = taskOf("Does the lease belong to the worker?", {
      part: { kind: "vote", number: 1, of: 3 },
      input: { board: true },
    });
    expect(resultIn(await knowledge.execute(task, context)).claims?.[0]).toBe("yes");
  });

  test("gives the deciding sentence first, quoted letter by letter, and is as sure as it holds the statement", async () => {
    const ballot = await ballotOf("Does streamText throw errors?", [throwing, lease]);
    expect(ballot.evidence[0]).toMatchObject({ quote: "`streamText` does not throw errors." });
    expect(ballot.text).toMatch(/^\*\*No, the documents say otherwise\*\*\n/);
    expect(ballot.confidence).toBe(1);
    expect(ballot.claims?.slice(1)).toEqual(ballot.evidence.map(({ claim }) => claim));
  });

  test("is sure of nothing when no sentence speaks of the statement", async () => {
    const ballot = await ballotOf("Is it true that tulips need water?", [lease]);
    expect(ballot).toMatchObject({ claims: ["not known"], confidence: 0, evidence: [] });
    expect(ballot.text).toMatch(/^\*\*Not known/);
  });

  test("claims what it found where no yes or no is asked", async () => {
    const ballot = await ballotOf("What happens to errors of streamText?", [throwing, lease]);
    expect(ballot.claims).toEqual(ballot.evidence.map(({ claim }) => claim));
    expect(ballot.claims?.length).toBeGreaterThan(0);
  });

  test("searches in its own words", () => {
    const [aspect] = splitAspects("how streamText can be cancelled by a configuration");
    if (aspect === undefined) throw new Error("an aspect was expected");
    const worded = [1, 2, 3].map((number) => queriesFor(aspect, number).join(" | "));
    expect(new Set(worded).size).toBe(3);
    expect(worded[1]).toContain("setting");
    expect(worded[2]).toMatch(/^streamText configuration \|/);
  });
});

describe("a statement", () => {
  test.each([
    ["Is the lease one row per worker?", "the lease one row per worker"],
    ["Please verify by vote that answers cite sources.", "answers cite sources"],
    ["Do the agents agree that retries use jitter?", "retries use jitter"],
    ["True or false: Redis holds payloads.", "Redis holds payloads"],
    ["Must Redis be 7.0 or newer?", "Redis be 7.0 or newer"],
    ["Is the claim that events are gapless true or false?", "the claim that events are gapless"],
  ])("stands in: %s", (task, text) => {
    expect(statementOf(task)?.text).toBe(text);
  });

  test.each([
    "How are errors reported?",
    "Which database should we use?",
    "Is it Postgres or Redis that remembers?",
    "Compare A and B",
    "Research retries",
    "",
  ])("does not stand in: %s", (task) => {
    expect(statementOf(task)).toBeNull();
  });

  const gapless = statementOf("Is it true that events are numbered without a gap?");
  test.each([
    ["Events are numbered without a gap.", "yes"],
    ["Events are numbered, but not without a gap.", "no"],
    ["Are events numbered without a gap?", undefined],
    ["Not only events are numbered without a gap.", "yes"],
    ["Passages are numbered without a gap.", undefined],
    ["Nothing is lost: events are not kept, numbered and counted with no gap.", undefined],
  ])("is judged by: %s", (sentence, says) => {
    expect(gapless && judge(sentence, "", gapless)?.says).toBe(says);
  });

  test("may stand partly in the headings above a sentence, but not mostly", () => {
    const renewed = statementOf("Is it true that a lease is renewed every second by the worker?");
    const says = (sentence: string, above: string) => renewed && judge(sentence, above, renewed)?.says;
    expect(says("The worker has it renewed each second.", "The lease")).toBe("yes");
    expect(says("The worker does this.", "The lease, renewed each second")).toBeUndefined();
  });
});
