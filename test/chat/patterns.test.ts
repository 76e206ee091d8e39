import { describe, expect, it } from "vitest";
import type { DeputyMessage, TaskPart } from "#/lib/chat/parts.ts";
import { toMessage } from "#/lib/chat/to-message.ts";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";
import type { Auction, AuctionBid, Consensus } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const runId = "0197a1b2-0000-7000-8000-000000000001";
const started: NewEvent = {
  type: "run.started",
  data: { conversationId: "c", messageId: "m", text: "hi", rootTaskId: "root", offline: true },
};

/** The message of a run with these events behind its first one. */
function shown(...events: NewEvent[]): DeputyMessage {
  const numbered = [started, ...events].map(
    (event, index) =>
      ({ ...event, runId, seq: index + 1, at: new Date(index * 1_000).toISOString(), v: 1 }) as RunEvent,
  );
  return toMessage(numbered);
}

function taskOf(message: DeputyMessage, ref: string): TaskPart {
  const found = message.parts.flatMap((part) =>
    part.type === "data-task" && part.data.ref === ref ? [part.data] : [],
  );
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} parts for ${ref}`);
  return found[0];
}

const dataOf = <T extends DeputyMessage["parts"][number]["type"]>(message: DeputyMessage, type: T) =>
  message.parts.filter((part): part is Extract<DeputyMessage["parts"][number], { type: T }> => part.type === type);

const spec: TaskSpec = {
  ref: "t1",
  agent: "knowledge",
  task: "Look",
  author: "user",
  mode: "parallel",
  priority: "normal",
  strict: true,
  dependsOn: [],
};
const created = (change: Partial<TaskSpec> = {}): NewEvent => {
  const data = { ...spec, ...change };
  return { type: "task.created", taskId: data.ref, agent: data.agent, data };
};
const claimed = (taskId: string): NewEvent => {
  return { type: "task.claimed", taskId, data: { claim: 1, attempt: 1, workerId: "w" } };
};
const completed = (taskId: string, change: Partial<TaskResult> = {}): NewEvent => {
  const result = { text: "found", evidence: [], artifacts: [], ...change };
  return { type: "task.completed", taskId, data: { result, milliseconds: 1 } };
};
const vote = (number: number): NewEvent => created({ ref: `t1.v${number}`, part: { kind: "vote", number, of: 2 } });

describe("a group", () => {
  it("is the parent of its parts, and a part the parent of its own", () => {
    const sub = { kind: "subtask", number: 1, of: 1 } as const;
    const message = shown(created(), created({ ref: "t1.s1", part: sub }), created({ ref: "t1.s1.s2", part: sub }));
    expect(taskOf(message, "t1")).not.toHaveProperty("parentId");
    expect(taskOf(message, "t1.s1").parentId).toBe("t1");
    expect(taskOf(message, "t1.s1.s2").parentId).toBe("t1.s1");
  });

  it("waits once it has parts, and runs again when it is claimed with their results", () => {
    const begun = [created({ mode: "consensus" }), claimed("t1"), vote(1), vote(2)];
    expect(taskOf(shown(...begun), "t1").status).toBe("waiting");
    expect(taskOf(shown(...begun, claimed("t1.v1")), "t1").status).toBe("waiting");
    expect(taskOf(shown(...begun, claimed("t1")), "t1").status).toBe("in_progress");
  });

  it("keeps how its vote went, and what it was made of", () => {
    const consensus: Consensus = { reached: false, winner: null, share: 0, minAgreement: 0.6, votes: [], dissent: [] };
    const aggregated = { how: "merge" as const, from: ["t1.v1", "t1.v2"] };
    const message = shown(created(), claimed("t1"), completed("t1", { consensus, aggregated, claims: ["yes"] }));
    expect(taskOf(message, "t1").result).toMatchObject({ consensus, aggregated, claims: ["yes"] });
  });
});

describe("what was known of a task before it began", () => {
  it("stays in its part: how its agent was found, and what was expected", () => {
    const routing = { choice: "any" as const, scores: [{ agent: "knowledge" as const, score: 1, reasons: ["fits"] }] };
    const estimate = { seconds: 5, costUsd: 0.1, reasons: ["short"] };
    const message = shown(created({ routing, estimate, complexity: 2, voters: 3, minAgreement: 0.5 }));
    expect(taskOf(message, "t1")).toMatchObject({ routing, estimate, complexity: 2, voters: 3, minAgreement: 0.5 });
  });

  it("is replaced when the plan is changed, also where the new words say less", () => {
    const changed: NewEvent = { type: "task.changed", taskId: "t1", data: { ...spec, task: "Other words" } };
    const message = shown(created({ aggregate: "vote", complexity: 3 }), changed);
    expect(taskOf(message, "t1")).toMatchObject({ task: "Other words", status: "pending" });
    expect(taskOf(message, "t1")).not.toHaveProperty("aggregate");
    expect(taskOf(message, "t1")).not.toHaveProperty("complexity");
  });
});

describe("a task tells", () => {
  const called = (costUsd: number | null): NewEvent => {
    const tokens = { inputTokens: 1, outputTokens: 1, costUsd, milliseconds: 1 };
    return { type: "model.called", taskId: "t1", data: { tier: "fast", model: "m", ...tokens } };
  };

  it("when it can be taken up, and that it is slow", () => {
    expect(taskOf(shown(created()), "t1")).not.toHaveProperty("dispatched");
    const message = shown(
      created(),
      { type: "task.dispatched", taskId: "t1", data: {} },
      { type: "task.slow", taskId: "t1", data: { expectedMs: 30_000 } },
    );
    expect(taskOf(message, "t1")).toMatchObject({ dispatched: true, slow: { expectedMs: 30_000 } });
  });

  it("what its model calls cost together, once any did", () => {
    expect(taskOf(shown(created(), called(null), called(0)), "t1")).not.toHaveProperty("costUsd");
    expect(taskOf(shown(created(), called(0.25), called(0.5)), "t1").costUsd).toBe(0.75);
  });
});

describe("an auction", () => {
  const bid = (agent: AuctionBid["agent"], round: number): AuctionBid => {
    return { ref: `t1.b${round}`, agent, round, bid: null, score: null, reasons: [] };
  };
  const decided = (round: number, winner: "knowledge" | null): NewEvent => {
    const bids = [bid("knowledge", round), bid("planner", round)];
    return { type: "auction.decided", taskId: "t1", data: { round, bids, winner, reasons: [`round ${round}`] } };
  };

  it("shows the bids of all rounds and the newest decision while it goes on", () => {
    const { auction } = taskOf(shown(created({ mode: "market" }), decided(1, null), decided(2, "knowledge")), "t1");
    expect(auction?.bids.map(({ round }) => round)).toEqual([1, 1, 2, 2]);
    expect(auction).toMatchObject({ rounds: 2, winner: "knowledge", reasons: ["round 2"] });
  });

  it("shows what its result says in the end, once", () => {
    const auction: Auction = { rounds: 1, bids: [], winner: "knowledge", reasons: ["best"] };
    const task = taskOf(
      shown(created({ mode: "market" }), decided(1, "knowledge"), completed("t1", { auction })),
      "t1",
    );
    expect(task.result?.auction).toEqual(auction);
    expect(task).not.toHaveProperty("auction");
  });
});

describe("the board", () => {
  const posted = (noteId: string, taskId?: string): NewEvent => {
    const data = { noteId, kind: "fact", text: noteId, source: "https://a.test/" } as const;
    return { type: "note.posted", data, ...(taskId && { taskId, agent: "knowledge" }) };
  };

  it("holds each note once, in order, with its author, its time and its source", () => {
    const [board, ...others] = dataOf(
      shown(created(), posted("a", "t1"), posted("b"), posted("a", "t1")),
      "data-board",
    );
    expect(others).toEqual([]);
    expect(board?.data.notes).toEqual([
      {
        id: "a",
        kind: "fact",
        text: "a",
        source: "https://a.test/",
        author: "t1",
        agent: "knowledge",
        at: new Date(2_000).toISOString(),
        retracted: false,
      },
      expect.objectContaining({ id: "b", author: "program", retracted: false }),
    ]);
  });

  it("keeps what was retracted, marked", () => {
    const retracted: NewEvent = { type: "note.retracted", taskId: "t1", data: { noteId: "a" } };
    const [board] = dataOf(shown(created(), posted("a", "t1"), posted("b", "t1"), retracted), "data-board");
    expect(board?.data.notes.map((note) => note.retracted)).toEqual([true, false]);
  });
});

describe("a change of the plan", () => {
  it("is a part of its own, and the tasks that it touches say what became of them", () => {
    const data = { by: "user" as const, dropped: ["t1"], changed: [], added: [], reason: "Not needed." };
    const dropped: NewEvent = { type: "task.cancelled", taskId: "t1", data: { reason: "Taken out of the plan." } };
    const message = shown(created(), { type: "plan.changed", data }, dropped);
    expect(dataOf(message, "data-change").map((part) => [part.id, part.data])).toEqual([["changed-3", data]]);
    expect(taskOf(message, "t1")).toMatchObject({ status: "cancelled", error: { message: "Taken out of the plan." } });
  });
});

describe("prose that is taken back", () => {
  it("takes no task, note or change with it that came beside it", () => {
    const turn: NewEvent = { type: "turn.started", data: { turn: 1, phase: "PLANNING" } };
    const prose: NewEvent = { type: "text.appended", data: { turn: 1, text: "Let me see.", note: false } };
    const note = { type: "note.posted", data: { noteId: "n", kind: "fact", text: "x" } } as const;
    const plan = { kind: "plan" as const, steps: ["one"] };
    const block = { turn: 1, block: 0, author: "main", span: [0, 1], normalised: [], text: "", action: plan } as const;
    const accepted: NewEvent = { type: "action.accepted", data: { ...block, span: [0, 1], normalised: [] } };
    const message = shown(turn, prose, created(), note, accepted);
    expect(taskOf(message, "t1").status).toBe("pending");
    expect(dataOf(message, "data-board")).toHaveLength(1);
    expect(dataOf(message, "text")).toEqual([]);
  });
});

describe("results that contradict each other", () => {
  const evidence = (quote: string) => {
    const source = { title: "Docs", heading: [], url: `/documents/${quote.length}`, origin: "docs/a.md" };
    return { claim: quote, quote, source };
  };
  const first = completed("t1", {
    claims: ["The lease lasts 5 seconds."],
    evidence: [evidence("The lease lasts 5 seconds.")],
  });
  const other = { claims: ["The lease lasts 30 seconds."] };

  it("are shown side by side, the one with evidence first", () => {
    const [conflict] = dataOf(shown(created(), created({ ref: "t2" }), completed("t2", other), first), "data-conflict");
    expect(conflict).toMatchObject({ id: "conflict-1", data: { first: { ref: "t1" }, second: { ref: "t2" } } });
  });

  it("are shown by the priority of their agents where evidence and confidence are alike", () => {
    const of = (agentPriority: number | undefined) => ({ claims: [`The lease lasts ${agentPriority ?? 50} seconds.`] });
    const priorities = [undefined, 50, 60];
    const tasks = priorities.map((agentPriority, at) =>
      created({ ref: `t${at}`, ...(agentPriority && { agentPriority }) }),
    );
    const log = [...tasks, ...priorities.map((priority, at) => completed(`t${at}`, of(priority)))];
    const [conflict] = dataOf(shown(...log), "data-conflict");
    expect(conflict?.data.first.ref).toBe("t2");
    expect(conflict?.data.rule).toContain("higher priority (knowledge 60, knowledge 50)");
  });

  it("are compared once, and the parts of a group not at all", () => {
    const part = { kind: "vote", number: 1, of: 1 } as const;
    const message = shown(created(), created({ ref: "t1.v1", part }), completed("t1.v1", other), first);
    expect(dataOf(message, "data-conflict")).toEqual([]);
  });
});
