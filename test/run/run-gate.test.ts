import { describe, expect, it } from "vitest";
import type { DelegateAction, ReplanAction } from "#/lib/protocol/action.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import { type RunLimits, runGate, userRunGate } from "#/lib/run/run-gate.ts";

const gateWith = (given: Partial<RunLimits> = {}, phase: Phase = "EXECUTING") =>
  runGate(phase, {
    orchestration: true,
    tasks: 10,
    tasksSoFar: 0,
    failedVerdictsSoFar: 0,
    untrusted: [],
    message: "",
    isPending: () => false,
    ...given,
  });

const delegate = (given: Partial<DelegateAction> = {}): DelegateAction => ({
  kind: "delegate",
  agentType: "knowledge",
  task: "A",
  id: "t1",
  dependsOn: [],
  mode: "parallel",
  priority: "normal",
  strict: true,
  ...given,
});

const replan = (given: Omit<ReplanAction, "kind" | "drop"> & { drop?: string[] }): ReplanAction => ({
  kind: "replan",
  drop: [],
  ...given,
});

describe("with delegation switched off", () => {
  it.each(["plan", "delegate", "replan"] as const)("%s is refused in every phase, and the setting is named", (kind) => {
    for (const phase of ["PLANNING", "EXECUTING", "VERIFYING"] as const) {
      const refusal = gateWith({ orchestration: false }, phase).refuses(kind);
      expect(refusal?.code).toBe("orchestration-off");
      expect(refusal?.message).toContain("DEPUTY_ORCHESTRATION");
    }
  });

  it("a run that began before can be verified and ended", () => {
    const gate = gateWith({ orchestration: false }, "VERIFYING");
    expect(gate.refuses("verify")).toBeNull();
    expect(gate.admit({ kind: "verify", verdict: "pass" })).toBeNull();
    expect(gate.refuses("learn")).toBeNull();
  });

  it("a person's own delegation is refused, too, and what is never his stays so", () => {
    const gate = userRunGate({ tasks: 3, orchestration: false });
    expect(gate.refuses("delegate")?.code).toBe("orchestration-off");
    expect(gate.refuses("replan")?.code).toBe("not-allowed-for-user");
    expect(userRunGate({ tasks: 3, orchestration: true }).refuses("delegate")).toBeNull();
  });
});

describe("a change of the plan", () => {
  it("takes tasks that have not started, and names the others", () => {
    const gate = gateWith({ isPending: (id) => id === "t1" });
    expect(gate.admit(replan({ change: { id: "t1", task: "B" } }))).toBeNull();
    const refusal = gate.admit(replan({ drop: ["t1", "t2"], change: { id: "t3", task: "B" } }));
    expect(refusal).toMatchObject({ code: "task-started", message: expect.stringContaining("t2, t3 have started") });
  });

  it("takes tasks of the same output, and none that the output has dropped", () => {
    const gate = gateWith();
    expect(gate.admit(delegate({ id: "t1" }))).toBeNull();
    expect(gate.admit(replan({ drop: ["t1"] }))).toBeNull();
    expect(gate.admit(replan({ change: { id: "t1", task: "B" } }))?.code).toBe("task-started");
  });

  it("repeats no retrieved text", () => {
    const text = "one two three four five six seven eight nine ten eleven";
    const gate = gateWith({ isPending: () => true, untrusted: [text] });
    expect(gate.admit(replan({ change: { id: "t1", task: text } }))?.code).toBe("tainted");
  });

  it("makes no circle, over tasks of the run, of the output, and of earlier changes", () => {
    const plan: Record<string, string[]> = { a: [], b: ["a"], c: ["b"] };
    const gate = gateWith({ isPending: () => true, dependenciesOf: (id) => plan[id] ?? [] });
    expect(gate.admit(replan({ change: { id: "a", dependsOn: ["c"] } }))).toMatchObject({
      code: "cycle",
      message: expect.stringContaining("a -> c -> b -> a"),
    });
    expect(gate.admit(delegate({ id: "d", dependsOn: ["a"] }))).toBeNull();
    expect(gate.admit(delegate({ id: "e", mode: "sequential" }))).toBeNull();
    expect(gate.admit(replan({ change: { id: "a", dependsOn: ["e"] } }))?.message).toContain("a -> e -> d -> a");
    expect(gate.admit(replan({ change: { id: "b", dependsOn: [] } }))).toBeNull();
    expect(gate.admit(replan({ change: { id: "a", dependsOn: ["c"] } }))).toBeNull();
  });
});

describe("an estimate", () => {
  const estimateOf = ({ complexity = 1 }: DelegateAction) => ({ seconds: complexity * 10, costUsd: complexity / 100 });

  it("that is beyond the money that is left is refused with both, and the setting", () => {
    const gate = gateWith({ estimateOf, costUsdLeft: 0.05, secondsLeft: null });
    const { code, message = "" } = gate.admit(delegate({ complexity: 6 })) ?? {};
    expect(code).toBe("budget");
    expect(message).toContain("$0.0600");
    expect(message).toContain("$0.0500");
    expect(message).toContain("DEPUTY_MAX_COST_USD");
  });

  it("adds up over one output, refused blocks apart", () => {
    const gate = gateWith({ estimateOf, costUsdLeft: 0.05 });
    expect(gate.admit(delegate({ id: "a", complexity: 3 }))).toBeNull();
    expect(gate.admit(delegate({ id: "b", complexity: 3 }))?.message).toContain("$0.0200");
    expect(gate.admit(delegate({ id: "b", complexity: 2 }))).toBeNull();
  });

  it("that is beyond the time that is left is refused with both, and the setting", () => {
    const gate = gateWith({ estimateOf, costUsdLeft: null, secondsLeft: 45 });
    expect(gate.admit(delegate({ complexity: 4 }))).toBeNull();
    expect(gate.admit(delegate({ complexity: 5 }))?.message).toMatch(/50 s.* 45 s .*DEPUTY_RUN_MINUTES/);
  });

  it("holds for a person's own message, too, which is told what a person can do", () => {
    const gate = userRunGate({ tasks: 3, orchestration: true, estimateOf, costUsdLeft: 0.01 });
    expect(gate.admit(delegate({ complexity: 1 }))).toBeNull();
    const { code, message } = gate.admit(delegate({ complexity: 1 })) ?? {};
    expect(code).toBe("budget");
    expect(message).toContain("Ask for less, or have the setting raised.");
    expect(message).not.toMatch(/delegate less|results at hand/i);
  });
});

describe("tasks that run one after the other", () => {
  const estimateOf = ({ complexity = 1 }: DelegateAction) => ({ seconds: complexity * 10, costUsd: 0 });
  const chained = (id: string, dependsOn: string[], complexity = 2) => delegate({ id, dependsOn, complexity });

  it("are refused from where they would end too late, and the chain is named with what it takes", () => {
    const gate = gateWith({ estimateOf, secondsLeft: 50 });
    expect(gate.admit(chained("a", []))).toBeNull();
    expect(gate.admit(chained("side", [], 5))).toBeNull();
    expect(gate.admit(chained("b", ["a"]))).toBeNull();
    expect(gate.admit(chained("c", ["a", "b"]))).toMatchObject({
      code: "budget",
      message: expect.stringMatching(/^Behind a, b, .*60 s.* 50 s left .*DEPUTY_RUN_MINUTES/),
    });
    expect(gate.admit(chained("c", ["a", "b"], 1))).toBeNull();
    expect(gate.admit(chained("d", ["side"], 1))?.message).toContain("Behind side, ");
  });

  it("count those that MODE sequential implies", () => {
    for (const gate of [
      gateWith({ estimateOf, secondsLeft: 50 }),
      userRunGate({ tasks: 9, orchestration: true, estimateOf, secondsLeft: 50 }),
    ]) {
      const link = (id: string) => gate.admit({ ...chained(id, []), mode: "sequential" });
      expect([link("a"), link("b")]).toEqual([null, null]);
      expect(link("c")?.message).toContain("Behind a, b, ");
      expect(gate.admit(chained("c", []))).toBeNull();
    }
  });

  it("count what is still open of earlier turns, and nothing of what has ended", () => {
    const plan: Record<string, string[]> = { done: [], open: ["done"], next: ["open"] };
    const openSecondsOf = (id: string) => (id === "done" ? 0 : 20);
    const dependenciesOf = (id: string) => plan[id] ?? [];
    const gate = gateWith({ estimateOf, secondsLeft: 50, dependenciesOf, openSecondsOf, isPending: () => true });
    expect(gate.admit(chained("a", ["done"], 5))).toBeNull();
    expect(gate.admit(chained("b", ["next"], 1))).toBeNull();
    expect(gate.admit(chained("c", ["next"]))?.message).toContain("Behind open, next, ");
    expect(gate.admit(replan({ change: { id: "next", dependsOn: [] } }))).toBeNull();
    expect(gate.admit(chained("c", ["next"]))).toBeNull();
    expect(gate.admit(replan({ drop: ["b"] }))).toBeNull();
    expect(gate.admit(chained("d", ["b"], 5))).toBeNull();
  });
});

describe("a change of the plan that makes a chain longer", () => {
  const plan: Record<string, string[]> = { a: [], b: ["a"], c: [] };
  const known = {
    dependenciesOf: (id: string) => plan[id] ?? [],
    openSecondsOf: () => 20,
    isPending: () => true,
  };
  const behind = (...dependsOn: string[]) => replan({ change: { id: "c", dependsOn } });

  it("is refused when it gets longer than what is left, and the chain is named", () => {
    expect(gateWith({ ...known, secondsLeft: 60 }).admit(behind("b"))).toBeNull();
    const gate = gateWith({ ...known, secondsLeft: 50 });
    expect(gate.admit(behind("b"))).toMatchObject({
      code: "budget",
      message: expect.stringMatching(/^Behind a, b, .*60 s.* 50 s left .*DEPUTY_RUN_MINUTES/),
    });
    expect(gate.admit(behind("a"))).toBeNull();
  });

  it("is taken when it shortens one that is too long already", () => {
    const gate = gateWith({ ...known, secondsLeft: 10 });
    expect(gate.admit(replan({ change: { id: "b", dependsOn: [] } }))).toBeNull();
    expect(gate.admit(replan({ drop: ["a"] }))).toBeNull();
  });
});

describe("INPUT that an agent does not take", () => {
  const inputFaultOf = ({ input }: DelegateAction) =>
    input === undefined ? null : "The agent does not take this INPUT.";

  it("is refused before anything is created, whoever asks for it", () => {
    for (const gate of [gateWith({ inputFaultOf }), userRunGate({ tasks: 1, orchestration: true, inputFaultOf })]) {
      expect(gate.admit(delegate({ input: { url: 1 } }))).toEqual({
        code: "bad-value",
        message: "The agent does not take this INPUT.",
      });
      expect(gate.admit(delegate())).toBeNull();
    }
  });
});

describe("the number of tasks", () => {
  it("is counted over the run and the output, and for a person's message from nothing", () => {
    const gate = gateWith({ tasks: 2, tasksSoFar: 1 });
    expect(gate.admit(delegate())).toBeNull();
    expect(gate.admit(delegate())?.message).toContain("DEPUTY_MAX_TASKS");
    const user = userRunGate({ tasks: 1, orchestration: true });
    expect(user.admit(delegate())).toBeNull();
    expect(user.admit(delegate())?.code).toBe("budget");
  });

  it("and the failed verdicts, likewise", () => {
    const gate = gateWith({ failedVerdictsSoFar: 2 }, "VERIFYING");
    expect(gate.admit({ kind: "verify", verdict: "fail" })).toBeNull();
    expect(gate.admit({ kind: "verify", verdict: "fail" })?.code).toBe("budget");
    expect(gate.admit({ kind: "verify", verdict: "pass" })).toBeNull();
  });
});
