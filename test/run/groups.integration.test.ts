import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "#/lib/clock.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { listDeadLetters } from "#/lib/run/dead-letters.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { all } from "#/test/support/events.ts";
import { found, type ScriptedWorker, startScriptedWorker, untilAborted } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** Tasks that have tasks of their own: votes, auctions, agents that delegate in turn; on a real worker. */
let world: World;
let worker: ScriptedWorker;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_BREAKER_FAILURES: "1000", DEPUTY_MAX_ATTEMPTS: "2" });
  worker = await startScriptedWorker(world);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const words = (what: string) => `${what} ${randomUUID().slice(0, 8)}`;
const block = (task: string, more = "", agent = "knowledge") =>
  `ACTION: DELEGATE\nAGENT_TYPE: ${agent}\n${more}TASK: ${task}\n---END---`;
const says = (claim: string, evidence = 0): TaskResult => ({
  text: claim,
  claims: [claim],
  evidence: Array.from({ length: evidence }, (_, at) => ({
    claim,
    quote: `${claim} ${at}`,
    source: { title: "A page", heading: [], url: `https://example.org/${at}`, origin: "page.md" },
  })),
  artifacts: [],
});

function refs(events: readonly RunEvent[]): string[] {
  return all(events, "task.created").map(({ data }) => data.ref);
}

function resultOf(events: readonly RunEvent[], ref: string): TaskResult | undefined {
  const id = all(events, "task.created").find(({ data }) => data.ref === ref)?.taskId;
  return all(events, "task.completed").find(({ taskId }) => taskId === id)?.data.result;
}

describe("a vote", () => {
  it("asks each voter once, counts what they say, and keeps winner, share and dissent", async () => {
    const task = words("is it so?");
    worker.on(task, (_context, _execution, spec) => says(spec.part?.number === 2 ? "no" : "yes"));
    const events = await world.ended(await world.ask(block(task, "MODE: consensus\nVOTERS: 3\n")));
    expect(refs(events)).toEqual(["t1", "t1.v1", "t1.v2", "t1.v3"]);
    expect(worker.runs(task)).toHaveLength(3);
    const { consensus } = resultOf(events, "t1") ?? {};
    expect(consensus).toMatchObject({ reached: true, winner: "yes", minAgreement: 0.6 });
    expect(consensus?.share).toBeCloseTo(2 / 3);
    expect(consensus?.dissent).toEqual([{ answer: "no", refs: ["t1.v2"] }]);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("below MIN_AGREEMENT is no consensus, and says so", async () => {
    const task = words("which?");
    worker.on(task, (_context, _execution, spec) =>
      says(["red", "green", "blue", "red"][spec.part?.number ?? 0] ?? ""),
    );
    const events = await world.ended(await world.ask(block(task, "MODE: consensus\nVOTERS: 3\nMIN_AGREEMENT: 0.7\n")));
    const result = resultOf(events, "t1");
    expect(result?.consensus?.reached).toBe(false);
    expect(result?.text).toMatch(/no consensus/i);
  });

  it("counts a voter that fails as one that agrees with nobody, and leaves no dead letter of it", async () => {
    const task = words("fails");
    worker.on(task, (_context, _execution, spec) => {
      if (spec.part?.number === 3) throw new Error("broken");
      return says("yes");
    });
    const runId = await world.ask(block(task, "MODE: consensus\nVOTERS: 3\n"));
    const events = await world.ended(runId);
    expect(resultOf(events, "t1")?.consensus?.share).toBeCloseTo(2 / 3);
    expect((await listDeadLetters(world.context, 100)).filter((letter) => letter.runId === runId)).toEqual([]);
  });

  it("fails when every voter does, and says why; what stands behind it does not run on nothing", async () => {
    const [task, behind] = [words("fails"), words("behind")];
    worker.on(task, (_context, _execution, spec) => {
      throw new Error(`broken ${spec.part?.number}`);
    });
    const vote = block(task, "MODE: consensus\nVOTERS: 2\nID: v\n");
    const events = await world.ended(await world.ask(`${vote}\n${block(behind, "DEPENDS_ON: v\n")}`));
    const { code, message } = all(events, "task.failed").at(-1)?.data.error ?? {};
    expect(code).toBe("voters-failed");
    for (const why of ["broken 1", "broken 2"]) expect(message).toContain(why);
    expect(worker.runs(behind)).toEqual([]);
  });

  it("is not begun when the run may not have that many tasks", async () => {
    const others = Array.from({ length: 29 }, () => block(words("other"))).join("\n");
    const events = await world.ended(
      await world.ask(`${others}\n${block(words("many"), "MODE: consensus\nVOTERS: 5\n")}`),
    );
    const failed = all(events, "task.failed");
    expect(failed.map(({ data }) => data.error.code)).toEqual(["budget"]);
    expect(refs(events)).toHaveLength(30);
  });
});

describe("the time that a group took", () => {
  it("is that from its own beginning to its end, and not that in which it waited for others", async () => {
    const [early, late] = [words("early"), words("late")];
    worker.on(early, async () => {
      await sleep(400);
      return says("yes");
    });
    worker.on(late, async () => {
      await sleep(100);
      return says("yes");
    });
    const chain = `${block(early)}\n${block(late, "MODE: consensus\nDEPENDS_ON: t1\n")}`;
    const events = await world.ended(await world.ask(chain));
    const done = all(events, "task.completed");
    const ended = (ref: string) => {
      const id = all(events, "task.created").find(({ data }) => data.ref === ref)?.taskId;
      return done.find(({ taskId }) => taskId === id);
    };
    const [before, group] = [ended("t1"), ended("t2")];
    const betweenMs = Date.parse(group?.at ?? "") - Date.parse(before?.at ?? "");
    expect(group?.data.milliseconds).toBeGreaterThanOrEqual(100);
    // The two are told by different clocks of the same machine.
    expect(group?.data.milliseconds).toBeLessThanOrEqual(betweenMs + 100);
  });
});

describe("an agent that may delegate", () => {
  it("gives its task to others, and what they bring becomes its result", async () => {
    const task = words("big");
    const [left, right] = [words("left"), words("right")];
    worker.on(task, ({ mayDelegate }) => {
      expect(mayDelegate).toBe(true);
      return {
        delegate: [
          { ref: "left", agent: "knowledge", task: left },
          { ref: "right", agent: "browser", task: right, dependsOn: ["left"] },
        ],
      };
    });
    worker.on(left, () => says("from the left", 1));
    worker.on(right, ({ dependencies }) => says(`after ${dependencies[0]?.result?.text}`));
    const events = await world.ended(await world.ask(block(task, "MODE: hierarchical\n", "planner")));
    expect(refs(events)).toEqual(["t1", "t1.left", "t1.right"]);
    const result = resultOf(events, "t1");
    expect(result?.aggregated).toEqual({ how: "concat", from: ["t1.left", "t1.right"] });
    expect(result?.text).toContain("from the left");
    expect(result?.text).toContain("after from the left");
    expect(result?.evidence).toHaveLength(1);
    const subtasks = all(events, "task.created").filter(({ data }) => data.part?.kind === "subtask");
    for (const { data } of subtasks) expect(data.complexity).toBeGreaterThanOrEqual(1);
    const accepted = all(events, "action.accepted").filter(({ data }) => data.author === "agent");
    expect(accepted.map(({ data }) => data.action.kind)).toEqual(["delegate", "delegate"]);
    expect(worker.runs(task)).toHaveLength(1);
  });

  it("does so three deep and no deeper", async () => {
    const names = ["one", "two", "three"].map(words);
    names.forEach((name, level) => {
      worker.on(name, ({ mayDelegate }) => {
        expect(mayDelegate).toBe(level < 2);
        return mayDelegate
          ? { delegate: [{ ref: "down", agent: "knowledge", task: names[level + 1] ?? "", mode: "hierarchical" }] }
          : says("the bottom");
      });
    });
    const events = await world.ended(await world.ask(block(names[0] ?? "", "MODE: hierarchical\n")));
    expect(refs(events)).toEqual(["t1", "t1.down", "t1.down.down"]);
    expect(resultOf(events, "t1")?.text).toContain("the bottom");
  });

  it("passes the gate: what is refused is in the log with its reason, and the rest runs", async () => {
    const task = words("gated");
    const good = words("good");
    worker.on(task, () => ({
      delegate: [
        { ref: "bad", agent: "can:nothing here" as "any", task: "x" },
        { ref: "late", agent: "knowledge", task: "y", dependsOn: ["nobody"] },
        { ref: "good", agent: "knowledge", task: good },
      ],
    }));
    const events = await world.ended(await world.ask(block(task, "MODE: hierarchical\n")));
    const refused = all(events, "action.refused").map(({ data }) => [data.author, data.code]);
    expect(refused).toEqual([
      ["agent", "unknown-agent"],
      ["agent", "unknown-dependency"],
    ]);
    expect(refs(events)).toEqual(["t1", "t1.good"]);
  });

  it("does its task itself when nothing that it delegates is accepted", async () => {
    const task = words("alone");
    worker.on(task, ({ mayDelegate }) =>
      mayDelegate ? { delegate: [{ ref: "no", agent: "knowledge", task: " " }] } : says("done alone"),
    );
    const events = await world.ended(await world.ask(block(task, "MODE: hierarchical\n")));
    expect(resultOf(events, "t1")?.text).toBe("done alone");
  });

  it("fails when all that it delegated fails, and says why", async () => {
    const [task, child] = [words("doomed"), words("child")];
    worker.on(task, () => ({ delegate: [{ ref: "c", agent: "knowledge", task: child }] }));
    worker.on(child, () => {
      throw new Error("broken child");
    });
    const events = await world.ended(await world.ask(block(task, "MODE: hierarchical\n")));
    const failed = all(events, "task.failed").map(({ data }) => data.error);
    expect(failed.at(-1)?.code).toBe("subtasks-failed");
    expect(failed.at(-1)?.message).toContain("broken child");
  });

  it("is cancelled with all that it delegated", async () => {
    const [task, child] = [words("stopped"), words("endless")];
    worker.on(task, () => ({ delegate: [{ ref: "c", agent: "knowledge", task: child }] }));
    worker.on(child, untilAborted);
    const runId = await world.ask(block(task, "MODE: hierarchical\n"));
    await until(async () => worker.runs(child).length === 1, { what: "the child to run" });
    await cancelRun(world.context, runId, { by: "user", reason: "Enough." });
    const events = await world.ended(runId);
    expect(all(events, "task.cancelled")).toHaveLength(2);
    const statuses = (await listTasks(world.context.store.db, runId)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(["cancelled"]));
  });

  it("is not possible without MODE hierarchical", async () => {
    const task = words("cheeky");
    worker.on(task, ({ mayDelegate }) => {
      expect(mayDelegate).toBe(false);
      return { delegate: [{ ref: "c", agent: "knowledge", task: "x" }] };
    });
    const events = await world.ended(await world.ask(block(task)));
    expect(all(events, "task.failed")[0]?.data.error.code).toBe("not-allowed");
  });
});

describe("an auction", () => {
  const market = "MODE: market\n";

  it("asks each agent once, awards the task once, keeps the reasons, and compares bid and need", async () => {
    const task = words("for sale");
    const price = { knowledge: 0.05, planner: 0.01, browser: 0.09 } as Record<string, number>;
    worker.onBid(task, (agent) => ({ price: price[agent] ?? 1, seconds: 10, confidence: 0.9 }));
    worker.on(task, () => says("sold"));
    const events = await world.ended(await world.ask(block(task, market, "can:work")));
    expect(refs(events).sort()).toEqual(["t1", "t1.a1", "t1.b1", "t1.b2", "t1.b3"]);
    const decided = all(events, "auction.decided");
    expect(decided.map(({ data }) => data.winner)).toEqual(["planner"]);
    expect(decided[0]?.data.reasons.join(" ")).not.toBe("");
    expect(worker.runs(task)).toEqual(["planner"]);
    const { auction, text } = resultOf(events, "t1") ?? {};
    expect(text).toContain("sold");
    expect(auction).toMatchObject({ rounds: 1, winner: "planner" });
    expect(auction?.bids).toHaveLength(3);
    expect(auction?.actual?.seconds).toBeGreaterThan(0);
  });

  it("goes on without those who do not answer in time", async () => {
    const task = words("slow bidders");
    worker.onBid(task, (agent) =>
      agent === "browser" ? { price: 1, seconds: 5, confidence: 0.5 } : new Promise(() => {}),
    );
    const input = 'INPUT: {"market": {"bidSeconds": 1}}\n';
    const text = `ACTION: DELEGATE\nAGENT_TYPE: can:work\n${market}TASK: ${task}\n${input}---END---`;
    const events = await world.ended(await world.ask(text), 30_000);
    expect(all(events, "auction.decided").at(-1)?.data.winner).toBe("browser");
  });

  it("that nobody bids in awards the task to nobody, after all rounds, and says so", async () => {
    const task = words("unwanted");
    const events = await world.ended(await world.ask(block(task, market, "can:work")));
    expect(worker.runs(task)).toEqual([]);
    const rounds = all(events, "auction.decided").map(({ data }) => data.round);
    expect(rounds).toEqual([1, 2]);
    expect(all(events, "task.failed").at(-1)?.data.error.code).toBe("no-award");
  });
});

describe("choosing an agent", () => {
  it("by capability keeps the scores it chose by", async () => {
    const events = await world.ended(await world.ask(block(words("whoever"), "", "can:work")));
    const { data } = all(events, "task.created")[0] ?? {};
    expect(data?.routing?.choice).toBe("can:work");
    expect(data?.routing?.scores).toHaveLength(3);
    expect(data?.routing?.scores[0]?.agent).toBe(data?.agent);
    expect(data?.routing?.scores[0]?.reasons.length).toBeGreaterThan(0);
  });

  it("fails in words when nobody has the capability", async () => {
    const events = await world.ended(await world.ask(block(words("nobody"), "", "can:fly")));
    const [failed] = all(events, "task.failed");
    expect(failed?.data.error.code).toBe("no-suitable-agent");
    expect(failed?.data.error.message).toContain("work");
  });

  it("gives each task a complexity, with its reasons, and an estimate", async () => {
    const events = await world.ended(await world.ask(block(words("weigh this"))));
    const { data } = all(events, "task.created")[0] ?? {};
    expect(data?.complexity).toBeGreaterThanOrEqual(1);
    expect(data?.estimate?.seconds).toBeGreaterThanOrEqual(0);
    expect(data?.estimate?.reasons?.length).toBeGreaterThan(0);
  });

  it("puts hard work first", async () => {
    const events = await world.ended(await world.ask(block(words("hard"), "COMPLEXITY: 9\n")));
    expect(all(events, "task.created")[0]?.data.priority).toBe("high");
  });
});

describe("the board", () => {
  it("is read by all agents of the run, late ones included", async () => {
    const [early, late] = [words("early"), words("late")];
    worker.on(early, async ({ board }) => {
      await board.post({ kind: "fact", text: "The key is under the mat." });
      return found;
    });
    worker.on(late, async ({ board }) => {
      const notes = await board.read();
      return says(notes.map(({ author, text }) => `${author}: ${text}`).join());
    });
    const events = await world.ended(await world.ask(`${block(early)}\n${block(late, "MODE: sequential\n")}`));
    expect(resultOf(events, "t2")?.text).toBe("t1: The key is under the mat.");
  });
});
