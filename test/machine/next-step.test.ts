import { describe, expect, it } from "vitest";
import { nextStep, type RunSummary, type TurnSummary } from "#/lib/machine/next-step.ts";

const turn = (given: Partial<TurnSummary> = {}): TurnSummary => ({
  startedIn: "PLANNING",
  interrupted: false,
  accepted: 0,
  delegated: 0,
  refused: 0,
  missed: 0,
  hasProse: false,
  askedForAnswer: false,
  ...given,
});

const run = (given: Partial<RunSummary> = {}): RunSummary => ({
  phase: "PLANNING",
  turns: 1,
  tasks: 0,
  openTasks: 0,
  hasLoss: false,
  fruitlessTurns: 0,
  answered: false,
  last: turn(),
  ...given,
});

const step = (given: Partial<RunSummary>) => nextStep(run(given), { turns: 10 });

describe("what a run does when an output has ended", () => {
  it("asks the model when nothing has been said yet", () => {
    expect(step({ turns: 0, last: null })).toEqual({ kind: "turn", answerMissing: false });
  });

  it("waits for what the user delegated himself before the first turn", () => {
    expect(step({ turns: 0, last: null, tasks: 1, openTasks: 1 })).toEqual({ kind: "wait" });
  });

  it("completes on prose alone in PLANNING", () => {
    expect(step({ answered: true, last: turn({ hasProse: true }) })).toEqual({ kind: "complete" });
  });

  it("asks again when the prose of PLANNING came with a refused block or a near miss", () => {
    for (const wrong of [{ refused: 1 }, { missed: 1 }]) {
      expect(step({ last: turn({ hasProse: true, ...wrong }) }).kind).toBe("turn");
    }
  });

  it("asks in EXECUTING how to go on after a loss, while turns are left to verify and to answer", () => {
    const lost = { phase: "EXECUTING", tasks: 3, openTasks: 2, last: turn({ delegated: 3, accepted: 4 }) } as const;
    expect(step({ ...lost, hasLoss: false }).kind).toBe("wait");
    expect(step({ ...lost, hasLoss: true, turns: 7 })).toEqual({ kind: "turn", answerMissing: false });
    expect(step({ ...lost, hasLoss: true, turns: 8 }).kind).toBe("wait");
  });

  it("asks again in EXECUTING after a plan without delegations", () => {
    expect(step({ phase: "EXECUTING", last: turn({ accepted: 1 }) }).kind).toBe("turn");
  });

  it("waits in EXECUTING while tasks are open, and verifies once they have settled", () => {
    const last = turn({ accepted: 2, delegated: 1 });
    expect(step({ phase: "EXECUTING", tasks: 1, openTasks: 1, last }).kind).toBe("wait");
    expect(step({ phase: "EXECUTING", tasks: 1, openTasks: 0, last }).kind).toBe("verify");
  });

  it("asks on after an interrupted output even while tasks are open: it may have wanted more", () => {
    const last = turn({ accepted: 2, delegated: 1, interrupted: true });
    expect(step({ phase: "EXECUTING", tasks: 1, openTasks: 1, last }).kind).toBe("turn");
  });

  it("asks again in EXECUTING when all delegations of a turn were refused", () => {
    expect(step({ phase: "EXECUTING", last: turn({ startedIn: "EXECUTING", refused: 2 }) }).kind).toBe("turn");
  });

  it("asks again in EXECUTING after a near miss, where the model can still write what it meant", () => {
    expect(step({ phase: "EXECUTING", last: turn({ startedIn: "EXECUTING", missed: 1 }) }).kind).toBe("turn");
  });

  it("does not leave VERIFYING on prose alone", () => {
    expect(step({ phase: "VERIFYING", last: turn({ startedIn: "VERIFYING", hasProse: true }) }).kind).toBe("turn");
  });

  it("completes in LEARNING once there is an answer", () => {
    expect(step({ phase: "LEARNING", answered: true, last: turn({ startedIn: "VERIFYING", accepted: 1 }) }).kind).toBe(
      "complete",
    );
  });

  it("asks once for an answer that is missing in LEARNING, and fails when there is still none", () => {
    const last = turn({ startedIn: "VERIFYING", accepted: 1 });
    expect(step({ phase: "LEARNING", last })).toEqual({ kind: "turn", answerMissing: true });
    const asked = turn({ startedIn: "LEARNING", askedForAnswer: true });
    expect(step({ phase: "LEARNING", last: asked })).toMatchObject({ kind: "fail", code: "no-answer" });
  });

  it("does not take a half answer for the answer", () => {
    const last = turn({ startedIn: "LEARNING", hasProse: true, interrupted: true });
    expect(step({ phase: "LEARNING", answered: true, last }).kind).toBe("turn");
  });

  it("fails after three turns in a row with nothing but refusals, and after three silent ones", () => {
    const refused = turn({ refused: 1 });
    expect(step({ turns: 2, fruitlessTurns: 2, last: refused }).kind).toBe("turn");
    expect(step({ turns: 3, fruitlessTurns: 3, last: refused })).toMatchObject({ kind: "fail", code: "only-refusals" });
    expect(step({ turns: 3, fruitlessTurns: 3, last: turn() })).toMatchObject({ kind: "fail", code: "model-silent" });
  });

  it("fails when the turns are used up, and names the setting", () => {
    const spent = step({ phase: "EXECUTING", turns: 10, last: turn({ accepted: 1 }) });
    expect(spent).toMatchObject({ kind: "fail", code: "budget-turns" });
    expect(JSON.stringify(spent)).toContain("DEPUTY_MAX_TURNS");
  });
});
