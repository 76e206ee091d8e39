import { expect, it } from "vitest";
import { Progress } from "#/lib/cli/progress.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { logOf } from "#/test/cli/fake-server.ts";

/** Everything that a person who waits is told of these events. */
function told(...events: NewEvent[]): string {
  let text = "";
  const write = (piece: string) => {
    text += piece;
    return true;
  };
  const progress = new Progress({ write }, () => {});
  for (const event of logOf(events)) progress.show(event);
  return text;
}

const words = { author: "user", mode: "parallel", priority: "normal", strict: true } as const;
const created = (ref: string, more: Partial<TaskSpec> = {}): NewEvent => {
  return {
    type: "task.created",
    taskId: ref,
    data: { ref, agent: "knowledge", task: "Count", ...words, dependsOn: [], ...more },
  };
};
const completed = (ref: string, claim: string): NewEvent => {
  const result = { text: claim, claims: [claim], evidence: [], artifacts: [] };
  return { type: "task.completed", taskId: ref, data: { result, milliseconds: 1 } };
};

it("tells of results that contradict each other, both sides, and which goes first", () => {
  const both = [completed("t1", "The lease lasts 5 seconds."), completed("t2", "The lease lasts 30 seconds.")];
  const line =
    "  these contradict each other: t1 (knowledge) “The lease lasts 5 seconds.”, t2 (knowledge) “The lease lasts 30 seconds.”; t1 goes first: nothing speaks for either side; t1 was there first\n";
  expect(told(created("t1"), created("t2"), ...both)).toContain(line);
  const part = { kind: "vote", number: 1, of: 2 } as const;
  expect(told(created("t1"), created("t2", { part }), ...both)).not.toContain("contradict");
});

it("tells that a task is slow, that the plan was changed, and how an auction went", () => {
  const change = { by: "user", dropped: ["t2"], changed: ["t1"], added: [] } as const;
  const text = told(
    created("t1"),
    { type: "task.slow", taskId: "t1", data: { expectedMs: 30_000 } },
    { type: "plan.changed", data: { ...change, dropped: ["t2"], changed: ["t1"], added: [] } },
    {
      type: "task.changed",
      taskId: "t1",
      data: { ref: "t1", agent: "planner", task: "Plan", ...words, dependsOn: [] },
    },
    { type: "auction.decided", taskId: "t1", data: { round: 1, bids: [], winner: "planner", reasons: ["cheaper"] } },
  );
  expect(text.split("\n").slice(1, 5)).toEqual([
    "  t1 takes longer than the 30.0 s that were expected",
    "plan changed: dropped t2; changed t1, by the user",
    "  t1 changed, planner: Plan",
    "  t1 auction, round 1, 0 bids, awarded to planner: cheaper",
  ]);
});
