import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Agent } from "#/agents/agent.ts";
import { runAgent } from "#/agents/run-agent.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { registerWorker } from "#/lib/store/workers.ts";
import { resultIn } from "#/test/agents/knowledge/try-knowledge.ts";
import { offlineModels } from "#/test/support/offline.ts";
import { openWorld, registerTestAgents, typesOf, type World } from "#/test/support/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
});
afterAll(() => world.close());

const result: TaskResult = { text: "found", evidence: [], artifacts: [] };

function agentThat(execute: Agent["execute"], timeoutMs = 60_000): Agent {
  const card = { type: "knowledge" as const, name: "test", description: "test", capabilities: [] };
  return { ...card, timeoutMs, concurrency: 1, execute };
}

async function claimed(text = "/delegate knowledge one"): Promise<ClaimedTask> {
  const runId = await world.ask(text);
  const workerId = `test-${randomUUID()}`;
  const { db } = world.context.store;
  await registerWorker(db, { id: workerId, host: "test", pid: 1, version: "test", agents: ["knowledge"] });
  const task = (await listTasks(db, runId)).find((known) => known.ref === "t1");
  const wanted = { taskId: task?.id ?? "", hash: task?.hash ?? "", timeoutMs: 60_000 };
  const taken = await openClaims(world.context, workerId, () => false).claim(wanted);
  if (typeof taken === "string") throw new Error(`t1 could not be claimed: ${taken}`);
  return taken;
}

async function run(task: ClaimedTask, agent: Agent, signal = new AbortController().signal): Promise<TaskResult> {
  const attempt = { agent, models: offlineModels(), search: async () => [], signal, mayDelegate: false };
  return resultIn(await runAgent(world.context, task, attempt));
}

describe("an attempt", () => {
  it("ends at its deadline with the time that it had", async () => {
    const task = await claimed();
    const agent = agentThat(async (_task, { signal }) => {
      await pause(60_000, undefined, { signal });
      return result;
    }, 50);
    await expect(run(task, agent)).rejects.toMatchObject({ code: "task-timeout" });
  });

  it("fails for good when the result is not what the agent says of its results", async () => {
    const task = await claimed();
    const agent = { ...agentThat(async () => result), outputSchema: z.looseObject({ confidence: z.number() }) };
    await expect(run(task, agent)).rejects.toMatchObject({ code: "bad-result", retryable: false });
    const sure = { ...agent, execute: async () => ({ ...result, confidence: 1 }) };
    expect(await run(await claimed(), sure)).toMatchObject({ confidence: 1 });
  });

  it("leaves an agent behind that does not stop within five seconds of its signal", async () => {
    const task = await claimed();
    const cancelled = new AbortController();
    const attempt = run(
      task,
      agentThat(() => new Promise(() => {})),
      cancelled.signal,
    );
    const startedAt = performance.now();
    cancelled.abort(new DeputyError("claim-lost", "The run was cancelled."));
    await expect(attempt).rejects.toMatchObject({ code: "claim-lost" });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it("shows the newest progress, in order, and none after its run has ended", async () => {
    const task = await claimed();
    const agent = agentThat(async (_task, context) => {
      for (let n = 0; n < 50; n += 1) context.progress(`step ${n}`);
      await pause(100);
      context.progress("last");
      return result;
    });
    await run(task, agent);
    const seen = (await world.events(task.runId)).flatMap((event) =>
      event.type === "task.progressed" ? [event.data.text] : [],
    );
    expect(seen[0]).toBe("step 0");
    expect(seen.slice(-2)).toEqual(["step 49", "last"]);

    await cancelRun(world.context, task.runId, { by: "user", reason: "test" });
    await run(task, agent);
    expect(typesOf(await world.events(task.runId)).at(-1)).toBe("run.cancelled");
  });
});
