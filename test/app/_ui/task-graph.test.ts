import { describe, expect, it } from "vitest";
import {
  foldedLayers,
  type GraphTask,
  leavesLinesOut,
  narrowView,
  type Picture,
  pictureInWords,
  pictureOf,
  wideView,
} from "#/app/_ui/task-graph.ts";

const task = (ref: string, change: Partial<GraphTask> = {}): GraphTask => ({
  taskId: `id-${ref}`,
  ref,
  agent: "knowledge",
  mode: "parallel",
  dependsOn: [],
  status: "pending",
  ...change,
});
const part = (ref: string, kind: "subtask" | "vote" | "bid" | "award", change: Partial<GraphTask> = {}): GraphTask => {
  const parentId = `id-${ref.slice(0, ref.lastIndexOf("."))}`;
  return task(ref, { parentId, part: { kind, number: 1, of: 1, round: 1 }, ...change });
};
const at = (picture: Picture, ref: string) => {
  const chip = picture.chips.find((candidate) => candidate.task.ref === ref);
  if (chip === undefined) throw new Error(`no chip for ${ref}`);
  return chip;
};
const vote = [task("t1", { mode: "consensus" }), part("t1.v1", "vote"), part("t1.v2", "vote")];

describe("the picture of a graph", () => {
  it("runs from left to right, and from top to bottom where the window is narrow", () => {
    const chain = [task("a"), task("b", { dependsOn: ["a"] })];
    const wide = pictureOf(chain, wideView);
    expect(at(wide, "b").x).toBeGreaterThan(at(wide, "a").x + at(wide, "a").width);
    expect(at(wide, "b").y).toBe(at(wide, "a").y);
    const narrow = pictureOf(chain, narrowView(chain));
    expect(at(narrow, "b").y).toBeGreaterThan(at(narrow, "a").y + at(narrow, "a").height);
  });

  it("has chips that a finger can touch where the window is narrow", () => {
    for (const tasks of [[task("a"), task("b")], Array.from({ length: 12 }, (_, n) => task(`t${n}`))]) {
      for (const chip of pictureOf(tasks, narrowView(tasks)).chips) expect(chip.height).toBeGreaterThanOrEqual(44);
    }
  });

  it("lets what is too broad run to the right in a narrow window, so that it needs no moving", () => {
    const fan = Array.from({ length: 12 }, (_, index) => task(`t${index}`));
    expect(narrowView(fan).direction).toBe("right");
    expect(pictureOf(fan, narrowView(fan)).width).toBeLessThan(326);
  });

  it("leads from one start to tasks that have nothing else in common", () => {
    const picture = pictureOf([task("a"), task("b"), task("c")], wideView);
    expect(picture.lines).toHaveLength(3);
    expect(picture.start?.x).toBeLessThan(at(picture, "a").x);
    expect(pictureOf([task("a"), task("b", { dependsOn: ["a"] })], wideView).start).toBeUndefined();
  });

  it("leads a vote to the task that counts it, and a tree from the task that shares it out", () => {
    const counted = pictureOf(vote, wideView);
    expect(at(counted, "t1").x).toBeGreaterThan(at(counted, "t1.v1").x);
    expect(counted.lines).toHaveLength(2);
    const tree = [
      task("t1", { mode: "hierarchical" }),
      part("t1.s1", "subtask"),
      part("t1.s2", "subtask", { dependsOn: ["t1.s1"] }),
    ];
    const shared = pictureOf(tree, wideView);
    expect(["t1", "t1.s1", "t1.s2"].map((ref) => at(shared, ref).x)).toEqual(
      ["t1", "t1.s1", "t1.s2"].map((ref) => at(shared, ref).x).sort((a, b) => a - b),
    );
    // To both of its parts, and from the one to the other: two lines would be those of a chain.
    expect(shared.lines).toHaveLength(3);
  });

  it("draws no line that follows from others where all of them could not be told apart", () => {
    const dense = (size: number) =>
      Array.from({ length: size }, (_, n) => {
        return task(`n${n}`, { dependsOn: Array.from({ length: n }, (_none, before) => `n${before}`) });
      });
    expect(pictureOf(dense(20), wideView).lines).toHaveLength(19);
    expect(pictureOf(dense(20), wideView).height).toBe(32);
    expect(pictureInWords(dense(9))).toContain("n8 after n0 and n1 and n2");
    expect(pictureOf(dense(4), wideView).lines).toHaveLength(6);
    expect([leavesLinesOut(dense(20)), leavesLinesOut(dense(4))]).toEqual([true, false]);
    // Every one of a layer after every one of the layer before: dense, and no line follows from others.
    const between = Array.from({ length: 20 }, (_, n) => {
      const layer = Math.floor(n / 5);
      return task(`n${n}`, { dependsOn: [0, 1, 2, 3, 4].map((at) => `n${5 * (layer - 1) + at}`) });
    });
    expect(pictureOf(between, wideView).lines).toHaveLength(75);
    expect(leavesLinesOut(between)).toBe(false);
  });

  it("leads an auction from round to round, over the task, to the award", () => {
    const second = { part: { kind: "bid", number: 1, of: 1, round: 2 } as const };
    const auction = [
      task("t1", { mode: "market" }),
      part("t1.b1", "bid"),
      part("t1.b2", "bid", second),
      part("t1.a1", "award"),
    ];
    const picture = pictureOf(auction, wideView);
    const places = ["t1.b1", "t1.b2", "t1", "t1.a1"].map((ref) => at(picture, ref).x);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(4);
    expect(picture.lines).toHaveLength(3);
  });

  it("puts a frame around a group that stands among others, with its parts inside", () => {
    const picture = pictureOf([...vote, task("t2", { dependsOn: ["t1"] })], wideView);
    const [frame] = picture.frames;
    expect(frame?.name).toBe("A vote of 2");
    for (const ref of ["t1", "t1.v1", "t1.v2"]) expect(isInside(at(picture, ref), frame)).toBe(true);
    expect(isInside(at(picture, "t2"), frame)).toBe(false);
    expect(pictureOf(vote, wideView).frames).toEqual([]);
  });

  it("shows every task once, those of groups in groups as well", () => {
    const inner = part("t1.s1", "subtask", { mode: "hierarchical" });
    const tasks = [task("t1", { mode: "hierarchical" }), inner, part("t1.s1.s1", "subtask"), task("t2")];
    const picture = pictureOf(tasks, wideView);
    expect(picture.chips.map((chip) => chip.task.ref).sort()).toEqual(["t1", "t1.s1", "t1.s1.s1", "t2"]);
    expect(picture.frames.map(({ name }) => name)).toEqual(["A tree: 1 over 1 over 1", "A tree: 1 over 1"]);
  });
});

describe("the picture in words", () => {
  it("says what each task runs after, and what its parts are", () => {
    expect(pictureInWords([...vote, task("t2", { dependsOn: ["t1"] })])).toBe(
      "A chain of 2: t1 (t1.v1, t1.v2); t2 after t1.",
    );
  });
});

describe("a graph of too many tasks", () => {
  it("is told by layer: how many tasks, and how they stand", () => {
    const first = [task("a", { status: "completed" }), task("b", { status: "failed" })];
    const second = ["c", "d", "e"].map((ref) => task(ref, { dependsOn: ["a"] }));
    expect(foldedLayers([...first, ...second])).toEqual([
      { from: 1, to: 1, tasks: 2, counts: { completed: 1, failed: 1 } },
      { from: 2, to: 2, tasks: 3, counts: { pending: 3 } },
    ]);
  });

  it("takes layers of equal size together, so that a long chain is one line", () => {
    const chain = Array.from({ length: 100 }, (_, n) => task(`t${n}`, { dependsOn: n === 0 ? [] : [`t${n - 1}`] }));
    expect(foldedLayers(chain)).toEqual([{ from: 1, to: 100, tasks: 100, counts: { pending: 100 } }]);
  });

  it("counts parts where their group stands, and tells a single group by its own layers", () => {
    expect(foldedLayers([...vote, task("t2", { dependsOn: ["t1"] })]).map(({ tasks }) => tasks)).toEqual([3, 1]);
    expect(foldedLayers(vote).map(({ tasks }) => tasks)).toEqual([2, 1]);
  });
});

type Area = { x: number; y: number; width: number; height: number };

function isInside(inner: Area, outer: Area | undefined): boolean {
  if (outer === undefined) return false;
  const right = inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width;
  return right && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height;
}
