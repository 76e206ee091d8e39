import { describe, expect, it } from "vitest";
import { readDelegations } from "#/lib/run/read-delegations.ts";

const look = { agent: "knowledge", task: "Look" };

/** Who waits for whom, as a program's graph is read. */
function edgesOf(given: readonly object[]): (readonly string[])[] {
  const read = readDelegations(given);
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  return read.tasks.map(({ dependsOn }) => dependsOn);
}

describe("a condition", () => {
  it("needs tasks whose end it is about", () => {
    const at = (given: object) => readDelegations([look, { ...look, condition: "failed", ...given }]);
    const message = "It needs tasks in dependsOn whose end it is about.";
    expect(at({})).toEqual({ faults: [{ path: "tasks[1].condition", message }] });
    expect(at({ dependsOn: ["p1"] })).toHaveProperty("tasks");
    expect(at({ mode: "sequential" })).toHaveProperty("tasks");
  });
});

describe("a task with MODE sequential in a program's graph", () => {
  it("waits for the one above it, beside what it names", () => {
    const chain = [look, { ...look, mode: "sequential" }, look, { ...look, mode: "sequential", dependsOn: ["p1"] }];
    expect(edgesOf(chain)).toEqual([[], ["p1"], [], ["p1", "p3"]]);
  });

  it("waits for nothing as the first one, and once for what it names itself", () => {
    const chain = [
      { ...look, mode: "sequential" },
      { ...look, mode: "sequential", dependsOn: ["p1"] },
    ];
    expect(edgesOf(chain)).toEqual([[], ["p1"]]);
  });

  it("may not wait for what waits for it", () => {
    const read = readDelegations([
      { ...look, ref: "a", dependsOn: ["b"] },
      { ...look, ref: "b", mode: "sequential" },
    ]);
    expect(read).toEqual({
      faults: [{ path: "tasks[0].dependsOn", message: "These wait for each other in a circle: a -> b -> a." }],
    });
  });
});
