import { describe, expect, it } from "vitest";
import type { Subtask } from "#/lib/protocol/orchestration.ts";
import { readSubtask } from "#/lib/run/group/read-subtask.ts";

const good: Subtask = { ref: "a", agent: "can:search", task: "Find it", dependsOn: ["b"], complexity: 10 };

describe("a subtask that an agent delegates", () => {
  it("is taken as it is", () => {
    expect(readSubtask(good)).toEqual({ subtask: good });
  });

  it.each([
    [{ ...good, agent: "nobody" }, "unknown-agent", "nobody is no agent."],
    [{ ...good, agent: 7 }, "unknown-agent", "7 is no agent."],
    [{ ...good, agent: undefined }, "missing-field", "A subtask needs its agent."],
    [{ ...good, ref: "A b" }, "bad-value", "A b is no reference of a task."],
    [{ agent: "knowledge", task: "x" }, "missing-field", "A subtask needs its ref."],
    [{ ...good, task: " \n" }, "missing-field", "A subtask needs its task."],
    [{ ...good, task: ["x"] }, "bad-value", 'task of a subtask cannot be ["x"]: '],
    [{ ...good, dependsOn: "b" }, "bad-value", "dependsOn of a subtask cannot be b: "],
    [{ ...good, mode: "market" }, "bad-value", "mode of a subtask cannot be market: "],
    [{ ...good, complexity: 11 }, "bad-value", "complexity of a subtask cannot be 11: "],
    [{ ...good, input: "x".repeat(500) }, "bad-value", `cannot be ${"x".repeat(80)}...: `],
    ["do it", "bad-value", "A subtask is an object with ref, agent and task: "],
    [null, "bad-value", "A subtask is an object with ref, agent and task: "],
  ])("is refused with the reason: %j", (given, code, message) => {
    expect(readSubtask(given)).toMatchObject({ refusal: { code, message: expect.stringContaining(message) } });
  });
});
