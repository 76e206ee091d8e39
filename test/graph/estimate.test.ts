import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EstimatedNode, estimateGraph, estimateTask } from "#/lib/graph/estimate.ts";
import { type Node, nextOf } from "#/lib/graph/ready.ts";
import type { Routable } from "#/lib/graph/route.ts";

const agent = (given: Partial<Routable> = {}): Routable => ({
  type: "knowledge",
  capabilities: [],
  priority: 50,
  live: 0,
  workers: 1,
  record: { completed: 0, failed: 0, meanSeconds: null },
  ...given,
});
const search = { name: "search", description: "Searches", estimatedSeconds: 4, estimatedCostUsd: 0.02 };
const quote = { name: "quote", description: "Quotes", estimatedSeconds: 100, estimatedCostUsd: 9 };

describe("what one task is expected to take", () => {
  it("is what the agent's tasks took, once five were completed", () => {
    const record = { completed: 5, failed: 0, meanSeconds: 7.25 };
    expect(estimateTask(agent({ record, capabilities: [search] }), 8).seconds).toBe(7.3);
    const few = { ...record, completed: 4, failed: 3 };
    expect(estimateTask(agent({ record: few, capabilities: [search] }), 4).seconds).toBe(4);
  });

  it("else what its main capability says, by complexity", () => {
    const plain = { name: "list", description: "Lists" };
    const known = agent({ capabilities: [plain, search, quote] });
    expect(estimateTask(known, 4)).toEqual({ seconds: 4, costUsd: 0.02 });
    expect(estimateTask(known, 8)).toEqual({ seconds: 8, costUsd: 0.04 });
    expect(estimateTask(known, 1)).toEqual({ seconds: 1, costUsd: 0.005 });
  });

  it("costs nothing where the agent calls no model", () => {
    expect(estimateTask(agent({ capabilities: [{ ...search, estimatedCostUsd: 0 }] }), 10).costUsd).toBe(0);
  });

  it("else what is usual for the complexity, more for more", () => {
    const usual = [2, 4, 6, 8].map((complexity) => estimateTask(undefined, complexity));
    expect(usual).toEqual([2, 4, 6, 8].map((complexity) => estimateTask(agent(), complexity)));
    for (const [at, { seconds, costUsd }] of usual.slice(1).entries()) {
      expect(seconds).toBeGreaterThan(usual[at]?.seconds ?? Number.NaN);
      expect(costUsd).toBeGreaterThan(usual[at]?.costUsd ?? Number.NaN);
    }
  });

  it("is refused for a complexity that is none", () => {
    expect(() => estimateTask(undefined, 11)).toThrow(RangeError);
  });
});

const node = (ref: string, seconds: number, dependsOn: readonly string[] = [], given: Partial<EstimatedNode> = {}) => ({
  ref,
  seconds,
  costUsd: 0.1,
  dependsOn,
  agent: "knowledge",
  ...given,
});

describe("what a graph is expected to take", () => {
  it("is nothing for an empty one", () => {
    expect(estimateGraph([], 5)).toEqual({ seconds: 0, costUsd: 0, path: [] });
  });

  it("is the sum of a chain, and the cost of all", () => {
    const chain = [node("a", 1), node("b", 2, ["a"]), node("c", 3, ["b"])];
    expect(estimateGraph(chain, 5)).toEqual({ seconds: 6, costUsd: 0.3, path: ["a", "b", "c"] });
  });

  it("is the longest branch of a fan, as long as the agent may take all at once", () => {
    const fan = ["a", "b", "c", "d"].map((ref, at) => node(ref, at + 1));
    expect(estimateGraph(fan, 4)).toMatchObject({ seconds: 4, path: ["d"] });
    expect(estimateGraph(fan, 2)).toMatchObject({ seconds: 6, path: ["d"] });
    expect(estimateGraph(fan, 1)).toMatchObject({ seconds: 10, path: ["d"] });
  });

  it("gives each agent a limit of its own", () => {
    expect(estimateGraph([node("a", 5), node("b", 5, [], { agent: "browser" })], 1).seconds).toBe(5);
  });

  it("follows the longer side of a diamond, in whatever order it is written", () => {
    const diamond = [
      node("end", 1, ["long", "short"]),
      node("long", 5, ["start"]),
      node("short", 2, ["start"]),
      node("start", 1),
    ];
    expect(estimateGraph(diamond, 5)).toMatchObject({ seconds: 7, path: ["start", "long", "end"] });
  });

  it("counts what is not there as settled, and a dependency that is named twice once", () => {
    expect(estimateGraph([node("a", 2, ["gone"]), node("b", 3, ["a", "a"])], 5).seconds).toBe(5);
  });

  it("takes tasks that need no time", () => {
    expect(estimateGraph([node("a", 0), node("b", 0, ["a"])], 1)).toMatchObject({ seconds: 0 });
  });

  it("is done for 10,000 tasks in linear time", () => {
    const many = Array.from({ length: 10_000 }, (_, at) => node(`n${at}`, 1, at < 10 ? [] : [`n${at - 10}`]));
    const before = performance.now();
    expect(estimateGraph(many, 5).seconds).toBe(2_000);
    expect(
      estimateGraph(
        many.map((each) => ({ ...each, dependsOn: [] })),
        5,
      ).seconds,
    ).toBe(2_000);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  const graphs = fc.array(
    fc.record({
      seconds: fc.integer({ min: 1, max: 9 }),
      agent: fc.constantFrom("knowledge", "browser"),
      before: fc.array(fc.nat(99), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 100 },
  );

  it("is what the scheduler itself would need", () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 5 }), (shapes, limit) => {
        const nodes = shapes.map(({ seconds, agent: who, before }, at) =>
          node(`n${at}`, seconds, at === 0 ? [] : before.map((other) => `n${other % at}`), { agent: who }),
        );
        const { seconds, path } = estimateGraph(nodes, limit);
        expect(seconds).toBe(scheduled(nodes, limit));
        const along = path.map((ref) => nodes.find((each) => each.ref === ref)?.seconds ?? 0);
        expect(along.reduce((sum, each) => sum + each)).toBe(estimateGraph(nodes, nodes.length).seconds);
      }),
    );
  });
});

/** The time that `nextOf` takes when each task ends exactly when it is expected to. */
function scheduled(planned: readonly EstimatedNode[], limit: number): number {
  let nodes = planned.map(
    ({ ref, agent: who, dependsOn }): Node => ({
      id: ref,
      agent: who,
      dependsOn,
      strict: true,
      status: "pending",
      dispatched: false,
    }),
  );
  const ends = new Map<string, number>();
  for (let second = 0; ; second += 1) {
    nodes = nodes.map((each) => (ends.get(each.id) === second ? { ...each, status: "completed" } : each));
    const { dispatch } = nextOf(nodes, limit);
    for (const id of dispatch) ends.set(id, second + (planned.find(({ ref }) => ref === id)?.seconds ?? 0));
    nodes = nodes.map((each) => (dispatch.includes(each.id) ? { ...each, dispatched: true } : each));
    if (nodes.every(({ status }) => status === "completed")) return second;
  }
}
