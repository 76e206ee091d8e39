import fc from "fast-check";
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

  it("brings every random graph to an end, in an order that respects the edges", () => {
    const graphs = fc.array(
      fc.record({ before: fc.array(fc.nat(30), { maxLength: 4 }), fails: fc.boolean(), strict: fc.boolean() }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 5 }), (tasks, limit) => {
        let nodes = tasks.map(({ before, strict }, index) =>
          node(`n${index}`, {
            strict,
            dependsOn: index === 0 ? [] : [...new Set(before.map((at) => `n${at % index}`))],
          }),
        );
        const settled = new Set<string>();
        for (let round = 0; hasOpen(nodes); round += 1) {
          expect(round).toBeLessThanOrEqual(tasks.length);
          const { dispatch, cancel } = nextOf(nodes, limit);
          expect(dispatch.length).toBeLessThanOrEqual(limit);
          for (const { id } of cancel) settled.add(id);
          for (const id of dispatch) {
            const started = nodes.find((known) => known.id === id);
            expect(started?.dependsOn.every((before) => settled.has(before))).toBe(true);
          }
          nodes = nodes.map((known, index) => {
            const ended = dispatch.includes(known.id) || cancel.some(({ id }) => id === known.id);
            if (!ended) return known;
            settled.add(known.id);
            const failed = tasks[index]?.fails ?? false;
            const status = dispatch.includes(known.id) ? (failed ? "failed" : "completed") : "cancelled";
            return { ...known, dispatched: true, status };
          });
        }
        expect(settled.size).toBe(tasks.length);
      }),
    );
  });
});
