import { describe, expect, it } from "vitest";
import type { DelegateAction } from "#/lib/protocol/action.ts";
import type { PartOf } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { hashOf } from "#/lib/run/create-task.ts";
import { rootSpec } from "#/lib/run/root-task.ts";
import { readWarrant } from "#/lib/run/warrant.ts";
import type { TaskState } from "#/lib/store/run-state.ts";

const asked: DelegateAction = {
  kind: "delegate",
  agentType: "knowledge",
  task: "Is it so?",
  id: "t1",
  dependsOn: [],
  mode: "consensus",
  priority: "normal",
  strict: true,
};

/** Whether a part of `t1` is run that has these words, where the log shows that `action` was accepted. */
function isRun(kind: PartOf["kind"], given: Partial<TaskSpec> = {}, action: DelegateAction = asked): boolean {
  const part = { kind, number: 1, of: 3 } as const;
  const base = { ...rootSpec, ref: "t1.v1", agent: "knowledge", task: asked.task, author: "user", part } as const;
  const spec: TaskSpec = { ...base, ...given };
  const accepted = { turn: 0, block: 0, author: "user", span: [0, 1], normalised: [], action, text: "" };
  return readWarrant(null, rowOf(spec), { taskId: "v", created: spec, accepted }).isWarranted;
}

function rowOf({ ref, agent, author, mode, priority, strict, ...spec }: TaskSpec): TaskState {
  const words = { ref, agent, author, mode, priority, strict };
  const seqs = { createdSeq: 3, acceptedSeq: 2, settledSeq: null } as const;
  const times = { createdAt: "2026-01-01", startedAt: null, timeoutMs: null, mostAttempts: null } as const;
  const state = { status: "in_progress", attempt: 1, claim: 1, workerId: "w", announced: 0, due: true } as const;
  const rest = { dependsOn: [], condition: null, part: spec.part?.kind ?? null, dispatched: true } as const;
  const hash = hashOf({ ...words, ...spec });
  const ids = { id: "v", runId: "r", parentId: "t", turn: 0, block: 1, hash } as const;
  return { ...ids, ...words, ...seqs, ...times, ...state, ...rest, error: null, dead: null };
}

describe("a part of a group", () => {
  it("is run with the words of the group's accepted block", () => {
    expect(isRun("vote")).toBe(true);
    expect(isRun("award", {}, { ...asked, mode: "market" })).toBe(true);
  });

  it("is not run with other words", () => {
    expect(isRun("vote", { task: "Is it really so?" })).toBe(false);
    expect(isRun("award", { task: "Do something else" }, { ...asked, mode: "market" })).toBe(false);
  });

  it("is not run when its block asked for no group, nor as a subtask of a block that is not its own", () => {
    expect(isRun("vote", {}, { ...asked, mode: "parallel" })).toBe(false);
    expect(isRun("bid", {}, { ...asked, mode: "hierarchical" })).toBe(false);
    expect(isRun("subtask")).toBe(false);
  });
});
