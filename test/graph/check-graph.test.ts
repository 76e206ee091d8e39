import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultsOf, inOrder } from "#/lib/graph/check-graph.ts";

const graph = (edges: Record<string, string[]>) =>
  Object.entries(edges).map(([ref, dependsOn]) => ({ ref, dependsOn: dependsOn as readonly string[] }));
const refs = (nodes: readonly { ref: string }[]) => nodes.map(({ ref }) => ref);

describe("the faults of a graph", () => {
  it("are none where every dependency is there, also one that is written later", () => {
    expect(faultsOf(graph({ a: ["b"], b: ["c"], c: [] }))).toEqual([]);
    expect(faultsOf([])).toEqual([]);
  });

  it("name a reference that is used twice, once", () => {
    const nodes = [...graph({ a: [], b: [] }), ...graph({ a: [] }), ...graph({ a: [] })];
    expect(faultsOf(nodes)).toEqual([{ kind: "duplicate", ref: "a", message: "The reference a is used twice." }]);
  });

  it("name every dependency that is not there", () => {
    expect(faultsOf(graph({ a: ["x", "x", "b"], b: ["y"] }))).toEqual([
      { kind: "unknown", ref: "a", message: "a depends on x, which is not there." },
      { kind: "unknown", ref: "b", message: "b depends on y, which is not there." },
    ]);
  });

  it("show a cycle with its path, from the node that was written first", () => {
    const message = "These wait for each other in a circle: a -> c -> b -> a.";
    expect(faultsOf(graph({ start: [], a: ["start", "c"], b: ["a"], c: ["b"], d: ["c"] }))).toEqual([
      { kind: "cycle", ref: "a", message, path: ["a", "c", "b", "a"] },
    ]);
  });

  it("say of a node that depends on itself just that", () => {
    expect(faultsOf(graph({ a: ["a"] }))).toEqual([
      { kind: "cycle", ref: "a", message: "a depends on itself.", path: ["a", "a"] },
    ]);
  });

  it("show every cycle that shares no node with another one", () => {
    const faults = faultsOf(graph({ a: ["b"], b: ["a"], c: ["d", "a"], d: ["c"], e: ["e"] }));
    expect(faults.map(({ path }) => path)).toEqual([
      ["a", "b", "a"],
      ["c", "d", "c"],
      ["e", "e"],
    ]);
  });

  it("are of all kinds at once", () => {
    const nodes = [...graph({ a: ["b", "nobody"], b: ["a"] }), ...graph({ b: [] })];
    expect(faultsOf(nodes).map(({ kind }) => kind)).toEqual(["duplicate", "unknown", "cycle"]);
  });

  it("of 10,000 nodes in a row and in a circle are found in linear time, and said in few words", () => {
    const row = Array.from({ length: 10_000 }, (_, at) => ({ ref: `n${at}`, dependsOn: [`n${(at + 1) % 10_000}`] }));
    const before = performance.now();
    const [fault] = faultsOf(row);
    expect(fault?.path).toHaveLength(10_001);
    expect(fault?.message.length).toBeLessThan(300);
    expect(faultsOf(row.slice(0, -1))).toHaveLength(1);
    const wide = row.map(({ ref }, at) => ({
      ref,
      dependsOn: row.slice(Math.max(0, at - 50), at).map((other) => other.ref),
    }));
    expect(faultsOf(wide)).toEqual([]);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  const edges = fc.array(fc.array(fc.nat(29), { maxLength: 3 }), { minLength: 1, maxLength: 30 });

  it("hold a cycle exactly when there is no order, and each path is one", () => {
    fc.assert(
      fc.property(edges, (lists) => {
        const nodes = lists.map((list, at) => ({
          ref: `n${at}`,
          dependsOn: list.map((to) => `n${to % lists.length}`),
        }));
        const cycles = faultsOf(nodes);
        expect(cycles.length > 0).toBe(!canBeOrdered(nodes));
        for (const { ref, path = [] } of cycles) {
          expect(path[0]).toBe(ref);
          expect(path.at(-1)).toBe(ref);
          for (const [at, step] of path.slice(0, -1).entries()) {
            expect(nodes.find((node) => node.ref === step)?.dependsOn).toContain(path[at + 1]);
          }
        }
        const inCycles = cycles.flatMap(({ path = [] }) => path.slice(1));
        expect(new Set(inCycles).size).toBe(inCycles.length);
      }),
    );
  });
});

describe("the order of a graph", () => {
  it("is the one in which it was written, where that is one", () => {
    expect(refs(inOrder(graph({ b: [], a: ["b"], d: [], c: ["a", "d"] })))).toEqual(["b", "a", "d", "c"]);
  });

  it("moves what is needed earlier in front of the first that needs it", () => {
    expect(refs(inOrder(graph({ x: [], c: ["b"], b: ["a"], a: [], y: [] })))).toEqual(["x", "a", "b", "c", "y"]);
  });

  it("leaves out edges that lead nowhere, and keeps all that a node holds", () => {
    expect(inOrder([{ ref: "a", dependsOn: ["gone"], task: "look" }])).toEqual([
      { ref: "a", dependsOn: ["gone"], task: "look" },
    ]);
  });

  it("is refused for a cycle", () => {
    expect(() => inOrder(graph({ a: ["b"], b: ["a"] }))).toThrow("a graph with a cycle has no order: a -> b -> a");
  });

  it("has each node once and behind all that it depends on, whatever the graph", () => {
    const shuffled = fc
      .array(fc.array(fc.nat(199), { maxLength: 3 }), { minLength: 1, maxLength: 200, size: "max" })
      .map((lists) =>
        lists.map((list, at) => ({ ref: `n${at}`, dependsOn: at === 0 ? [] : list.map((to) => `n${to % at}`) })),
      )
      .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));
    fc.assert(
      fc.property(shuffled, (nodes) => {
        const ordered = inOrder(nodes);
        const place = new Map(ordered.map(({ ref }, at) => [ref, at]));
        expect(place.size).toBe(nodes.length);
        for (const { ref, dependsOn } of ordered) {
          for (const before of dependsOn) expect(place.get(before)).toBeLessThan(place.get(ref) ?? -1);
        }
        expect(inOrder(ordered)).toEqual(ordered);
      }),
    );
  });
});

/** The simple way: take away what depends on nothing that is left, as long as there is such a node. */
function canBeOrdered(nodes: readonly { ref: string; dependsOn: readonly string[] }[]): boolean {
  let left = [...nodes];
  for (;;) {
    const open = new Set(left.map(({ ref }) => ref));
    const next = left.filter(({ dependsOn }) => dependsOn.some((ref) => open.has(ref)));
    if (next.length === left.length) return left.length === 0;
    left = next;
  }
}
