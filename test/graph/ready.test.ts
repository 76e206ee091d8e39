import { describe, expect, it } from "vitest";
import { hasOpen, type Node, nextOf } from "#/lib/graph/ready.ts";

const node = (id: string, given: Partial<Node> = {}): Node => ({
  id,
  agent: "knowledge",
  status: "pending",
  dispatched: false,
  strict: true,
  dependsOn: [],
  ...given,
});

describe("what is next in a task graph", () => {
  it("dispatches tasks without dependencies in the order of their creation", () => {
    expect(nextOf([node("a"), node("b")], 5)).toEqual({ dispatch: ["a", "b"], cancel: [] });
  });

  it("holds a task back until all that it depends on has settled", () => {
    const half = [node("a", { status: "completed" }), node("b", { status: "in_progress", dispatched: true })];
    expect(nextOf([...half, node("c", { dependsOn: ["a", "b"] })], 5).dispatch).toEqual([]);
    const all = half.map((known) => ({ ...known, status: "completed" as const }));
    expect(nextOf([...all, node("c", { dependsOn: ["a", "b"] })], 5).dispatch).toEqual(["c"]);
  });

  it("keeps at most the limit of one agent live, and counts each agent by itself", () => {
    const nodes = [
      node("a", { status: "in_progress", dispatched: true }),
      node("b"),
      node("c"),
      node("d", { agent: "browser" }),
    ];
    expect(nextOf(nodes, 2).dispatch).toEqual(["b", "d"]);
  });

  it("gives the free places to those of higher priority first, and of equals to those that were created first", () => {
    const nodes = [node("a", { priority: "low" }), node("b"), node("c"), node("d", { priority: "high" })];
    expect(nextOf(nodes, 3).dispatch).toEqual(["d", "b", "c"]);
  });

  it("never dispatches a task twice", () => {
    expect(nextOf([node("a", { dispatched: true })], 5).dispatch).toEqual([]);
  });

  it("cancels the whole chain behind a strict failure, naming what stands before each", () => {
    const nodes = [node("a", { status: "failed" }), node("b", { dependsOn: ["a"] }), node("c", { dependsOn: ["b"] })];
    expect(nextOf(nodes, 5)).toEqual({
      dispatch: [],
      cancel: [
        { id: "b", because: "a" },
        { id: "c", because: "b" },
      ],
    });
  });

  it("lets a task run behind a failure that was not strict", () => {
    const nodes = [node("a", { status: "failed", strict: false }), node("b", { dependsOn: ["a"] })];
    expect(nextOf(nodes, 5).dispatch).toEqual(["b"]);
  });

  it.each([
    ["completed", "completed", { dispatch: ["b"], cancel: [] }],
    ["completed", "failed", { dispatch: [], cancel: [{ id: "b", because: "a" }] }],
    ["completed", "cancelled", { dispatch: [], cancel: [{ id: "b", because: "a" }] }],
    ["completed", "in_progress", { dispatch: [], cancel: [] }],
    ["failed", "failed", { dispatch: ["b"], cancel: [] }],
    ["failed", "cancelled", { dispatch: ["b"], cancel: [] }],
    ["failed", "completed", { dispatch: [], cancel: [{ id: "b", because: null }] }],
    ["failed", "in_progress", { dispatch: [], cancel: [] }],
    ["settled", "completed", { dispatch: ["b"], cancel: [] }],
    ["settled", "failed", { dispatch: ["b"], cancel: [] }],
    ["settled", "in_progress", { dispatch: [], cancel: [] }],
  ] as const)("does with a task of condition %s what a dependency that is %s calls for", (condition, status, next) => {
    for (const strict of [true, false]) {
      const nodes = [node("a", { status, strict, dispatched: true }), node("b", { dependsOn: ["a"], condition })];
      expect(nextOf(nodes, 5)).toEqual(next);
    }
  });

  it("lets one failure of several be enough for a task that waits for one, once all have settled", () => {
    const alternative = node("c", { dependsOn: ["a", "b"], condition: "failed" });
    const failed = node("a", { status: "failed", dispatched: true });
    expect(nextOf([failed, node("b", { status: "in_progress", dispatched: true }), alternative], 5).dispatch).toEqual(
      [],
    );
    expect(nextOf([failed, node("b", { status: "completed", dispatched: true }), alternative], 5).dispatch).toEqual([
      "c",
    ]);
  });

  it("remembers a loss that is not of the graph any more", () => {
    const behind = (condition: "completed" | "failed") => [
      node("b", { dependsOn: ["gone"], condition, hasLost: true }),
    ];
    expect(nextOf(behind("failed"), 5).dispatch).toEqual(["b"]);
    expect(nextOf(behind("completed"), 5).cancel).toEqual([{ id: "b", because: null }]);
  });

  it("does not count a task that waits for tasks of its own as live", () => {
    expect(nextOf([node("a", { status: "waiting", dispatched: true }), node("b")], 1).dispatch).toEqual(["b"]);
  });

  it("is nothing once every task has settled", () => {
    expect(hasOpen([node("a", { status: "waiting" })])).toBe(true);
    expect(hasOpen([node("a", { status: "completed" }), node("b", { status: "cancelled" })])).toBe(false);
  });
});

it("what somebody is asked about is neither ruled out nor started, holds no place, and those behind it wait", () => {
  const nodes = [
    node("a", { status: "failed" }),
    node("b", { dependsOn: ["a"], strict: false }),
    node("c", { dependsOn: ["b"] }),
    node("d"),
  ];
  expect(nextOf(nodes, 1)).toEqual({ dispatch: ["c"], cancel: [{ id: "b", because: "a" }] });
  expect(nextOf(nodes, 1, new Set(["b"]))).toEqual({ dispatch: ["d"], cancel: [] });
});
