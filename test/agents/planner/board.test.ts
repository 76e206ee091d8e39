import { describe, expect, test } from "vitest";
import { planner } from "#/agents/planner/agent.ts";
import { FakeBoard } from "#/test/agents/knowledge/fake-board.ts";
import { resultIn, scripted, taskOf } from "#/test/agents/planner/try-planner.ts";

const step = {
  id: "s1",
  title: "Turn the key",
  agent: "planner",
  dependsOn: [],
  complexity: 2,
  acceptance: "It opens",
};
const reply = JSON.stringify({ answer: "yes", goal: "Open the vault", steps: [step] });
const vote = { kind: "vote", number: 1, of: 2 } as const;

describe("a planner at the board", () => {
  test("builds on what others post while it waits, and posts its plan for those who come later", async () => {
    const board = new FakeBoard();
    const { context, asked } = scripted([reply]);
    const others = board.during("t1", async (theirs) => {
      await theirs.post({ kind: "fact", text: "The number is 4711.", source: "/documents/d#passage-1" });
      await theirs.post({ kind: "question", text: "Who built it?" });
      await theirs.retract(await theirs.post({ kind: "fact", text: "The number is 12." }));
    });
    const planned = board.during("t2", (own) =>
      planner.execute(taskOf("Open the vault", { input: { board: true } }), { ...context, board: own }),
    );
    const [executed] = await Promise.all([planned, others]);
    expect(resultIn(executed).plan?.goal).toBe("Open the vault");
    const prompt = asked[0]?.messages[0]?.content ?? "";
    expect(prompt).toContain("The number is 4711.");
    expect(prompt).not.toMatch(/Who built it|The number is 12/);
    expect(board.notes.at(-1)).toMatchObject({
      kind: "partial",
      author: "t2",
      text: "Plan: Open the vault: 1. Turn the key",
    });
  });

  test("leaves the board alone as a voter, and without being asked to work there", async () => {
    for (const more of [{ input: { board: true }, part: vote }, {}]) {
      const { context } = scripted([reply]);
      expect(resultIn(await planner.execute(taskOf("Open the vault", more), context)).plan?.steps).toHaveLength(1);
    }
  });
});
