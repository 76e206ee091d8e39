import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Node } from "#/lib/graph/ready.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";
import {
  asCreated,
  graphs,
  isLive,
  isSettled,
  outcomesOf,
  type Planned,
  simulate,
  type Watch,
} from "#/test/graph/simulated-run.ts";

const limits = fc.integer({ min: 1, max: 5 });
const seeds = fc.integer();
/** A failure is shown as small as it got in this time. */
const within = { interruptAfterTimeLimit: 10_000 };
const outcomesIn = (nodes: readonly Node[]) => new Map(nodes.map(({ id, status }) => [id, status]));

/** Statuses in the order in which tasks settled. */
function historyOf(graph: readonly Planned[], limit: number, seed: number): [string, TaskStatus][] {
  const history: [string, TaskStatus][] = [];
  simulate(graph, asCreated(graph), limit, seed, { settled: (id, status) => history.push([id, status]) });
  return history;
}

function countLive(nodes: readonly Node[], agent: string): number {
  return nodes.filter((node) => node.agent === agent && isLive(node)).length;
}

describe("any graph of up to 500 tasks", () => {
  it("comes to the end that its rules say, whatever the order of events", () => {
    fc.assert(
      fc.property(graphs(500), limits, seeds, (graph, limit, seed) => {
        expect(outcomesIn(simulate(graph, asCreated(graph), limit, seed))).toEqual(outcomesOf(graph));
      }),
      { ...within, numRuns: 40 },
    );
  });

  it("settles every task exactly once", () => {
    fc.assert(
      fc.property(graphs(500), limits, seeds, (graph, limit, seed) => {
        const history = historyOf(graph, limit, seed);
        expect(new Set(history.map(([id]) => id)).size).toBe(graph.length);
        expect(history).toHaveLength(graph.length);
      }),
      { ...within, numRuns: 25 },
    );
  });

  it("starts nothing before all that it depends on has settled, and nothing twice", () => {
    fc.assert(
      fc.property(graphs(200), limits, seeds, (graph, limit, seed) => {
        const started = new Set<string>();
        const moved: Watch["moved"] = (_, after, dispatched) => {
          const states = new Map(after.map((node) => [node.id, node]));
          for (const id of dispatched) {
            expect(started.has(id)).toBe(false);
            started.add(id);
            for (const other of states.get(id)?.dependsOn ?? []) expect(states.get(other)).toSatisfy(isSettled);
          }
        };
        simulate(graph, asCreated(graph), limit, seed, { moved });
      }),
      { ...within, numRuns: 40 },
    );
  });

  it("starts as many as may run: none that is ready is left while its agent has room, and none is started beyond it", () => {
    fc.assert(
      fc.property(graphs(200), limits, seeds, (graph, limit, seed) => {
        const outcomes = outcomesOf(graph);
        const moved: Watch["moved"] = (_, after, dispatched) => {
          const states = new Map(after.map((node) => [node.id, node]));
          for (const id of dispatched) {
            expect(countLive(after, states.get(id)?.agent ?? "")).toBeLessThanOrEqual(limit);
          }
          const left = after.filter((node) => node.status === "pending" && !node.dispatched);
          const ready = left.filter(({ dependsOn }) =>
            dependsOn.every((other) => isSettled(states.get(other) ?? { status: "pending" })),
          );
          for (const node of ready) {
            expect(outcomes.get(node.id)).not.toBe("cancelled");
            expect(countLive(after, node.agent)).toBeGreaterThanOrEqual(limit);
          }
        };
        simulate(graph, asCreated(graph), limit, seed, { moved });
      }),
      { ...within, numRuns: 40 },
    );
  });

  it("cancels only what never may start, and all of it at once", () => {
    fc.assert(
      fc.property(graphs(200), limits, seeds, (graph, limit, seed) => {
        const outcomes = outcomesOf(graph);
        const moved: Watch["moved"] = (before, after) => {
          const was = outcomesIn(before);
          for (const { id, status } of after) {
            if (status === "cancelled" && was.get(id) !== "cancelled") expect(outcomes.get(id)).toBe("cancelled");
          }
        };
        simulate(graph, asCreated(graph), limit, seed, { moved });
      }),
      { ...within, numRuns: 40 },
    );
  });

  it("goes on after a crash at any point to the same end, and runs nothing again that had settled", () => {
    fc.assert(
      fc.property(
        graphs(200),
        limits,
        seeds,
        seeds,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (graph, limit, seed, other, share) => {
          const history = historyOf(graph, limit, seed);
          const kept = new Map(history.slice(0, Math.round(share * history.length)));
          const left = asCreated(graph).map((node): Node => {
            const status = kept.get(node.id);
            return status === undefined ? node : { ...node, status, dispatched: status !== "cancelled" };
          });
          const again: string[] = [];
          const settled: Watch["settled"] = (id) => again.push(id);
          expect(outcomesIn(simulate(graph, left, limit, other, { settled }))).toEqual(outcomesOf(graph));
          expect(again.filter((id) => kept.has(id))).toEqual([]);
        },
      ),
      { ...within, numRuns: 60 },
    );
  });

  it("goes on from any state in which workers were when they died", () => {
    fc.assert(
      fc.property(graphs(60), limits, seeds, fc.nat(200), (graph, limit, seed, crash) => {
        const states: Node[][] = [];
        simulate(graph, asCreated(graph), limit, seed, { moved: (_, after) => states.push([...after]) });
        const last = states[crash % states.length] ?? [];
        const givenBack = last.map(
          (node): Node => (node.status === "in_progress" ? { ...node, status: "pending" } : node),
        );
        expect(outcomesIn(simulate(graph, givenBack, limit, seed + 1))).toEqual(outcomesOf(graph));
      }),
      { ...within, numRuns: 60 },
    );
  });

  it("ends the same when its tasks are not listed in the order of their edges", () => {
    fc.assert(
      fc.property(graphs(100), limits, seeds, (graph, limit, seed) => {
        const ends = outcomesIn(simulate(graph, asCreated(graph).reverse(), limit, seed));
        expect(ends).toEqual(new Map([...outcomesOf(graph)].reverse()));
      }),
      { ...within, numRuns: 40 },
    );
  });
});
