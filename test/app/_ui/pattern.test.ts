import { describe, expect, it } from "vitest";
import { patternOf, type Relation } from "#/app/_ui/pattern.ts";

const task = (ref: string, ...dependsOn: string[]): Relation => ({
  ref,
  agent: "knowledge",
  mode: "parallel",
  dependsOn,
});
const part = (ref: string, kind: "subtask" | "vote" | "bid" | "award", agent = "knowledge"): Relation => {
  return { ...task(ref), agent, part: { kind, number: 1, of: 1 } };
};
const nameOf = (...tasks: Relation[]) => patternOf(tasks)?.name ?? null;

describe("what tasks make together", () => {
  it("is nothing for none, and for one without parts", () => {
    expect(nameOf()).toBeNull();
    expect(nameOf(task("t1"))).toBeNull();
    expect(nameOf({ ...task("t1"), mode: "hierarchical" })).toBeNull();
  });

  it("is a chain when each runs after the one before, and only after that", () => {
    expect(nameOf(task("a"), task("b", "a"), task("c", "b"))).toBe("A chain of 3");
    expect(nameOf(task("a"), task("b", "a"), task("c", "a", "b"))).toBe("A graph of 3");
  });

  it("is parallel when none waits for another", () => {
    expect(nameOf(task("a"), task("b"), task("c", "of-an-earlier-run"))).toBe("3 in parallel");
  });

  it("is a graph otherwise: a fork, a join, or a chain beside another task", () => {
    expect(nameOf(task("a"), task("b", "a"), task("c", "a"))).toBe("A graph of 3");
    expect(nameOf(task("a"), task("b"), task("c", "a", "b"))).toBe("A graph of 3");
    expect(nameOf(task("a"), task("b", "a"), task("c"))).toBe("A graph of 3");
  });

  it("is a tree with the size of each level", () => {
    const tree = [{ ...task("t1"), mode: "hierarchical" as const }, part("t1.s1", "subtask"), part("t1.s2", "subtask")];
    expect(nameOf(...tree)).toBe("A tree: 1 over 2");
    expect(nameOf(...tree, part("t1.s1.s1", "subtask"))).toBe("A tree: 1 over 2 over 1");
  });

  it("is a vote, also before the voters exist", () => {
    const group: Relation = { ...task("t1"), mode: "consensus" };
    expect(nameOf({ ...group, voters: 5 })).toBe("A vote of 5");
    expect(nameOf(group)).toBe("A vote of 3");
    expect(nameOf(group, part("t1.v1", "vote"), part("t1.v2", "vote"))).toBe("A vote of 2");
  });

  it("is an auction with each bidder counted once, however many rounds there are", () => {
    const group: Relation = { ...task("t1"), mode: "market" };
    expect(nameOf(group)).toBe("An auction");
    const bids = [part("t1.b1", "bid"), part("t1.b2", "bid", "planner"), part("t1.b3", "bid"), part("t1.a1", "award")];
    expect(nameOf(group, ...bids)).toBe("An auction with 2 bidders");
  });

  it("counts a group as one task among others", () => {
    expect(nameOf({ ...task("t1"), mode: "consensus" }, part("t1.v1", "vote"), task("t2", "t1"))).toBe("A chain of 2");
  });
});
