import { afterAll, beforeAll, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** An agent that fails several times in a row, and the one of the configured chain that does its tasks meanwhile. */
let world: World;
let worker: ScriptedWorker;
let isWell = false;

const BREAKER_MS = 2_000;

beforeAll(async () => {
  world = await openWorld({
    DEPUTY_MAX_ATTEMPTS: "1",
    DEPUTY_AGENT_FALLBACK: "browser>planner",
    DEPUTY_BREAKER_SECONDS: String(BREAKER_MS / 1_000),
  });
  worker = await startScriptedWorker(world);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const isRerouted = (events: readonly RunEvent[]) => events.some((event) => event.type === "task.rerouted");

async function browse(task: string): Promise<RunEvent[]> {
  worker.on(task, () => {
    const by = worker.runs(task).at(-1);
    if (by === "browser" && !isWell) throw new DeputyError("broken", "It broke.", { retryable: true });
    return { ...found, text: `by ${by}` };
  });
  return world.ended(await world.ask(`ACTION: DELEGATE\nAGENT_TYPE: browser\nTASK: ${task}\n---END---`));
}

it("leaves an agent alone that failed five times, sends its tasks to its stand-in, and comes back to it", async () => {
  for (const task of ["one", "two", "three", "four", "five"]) {
    const events = await browse(task);
    expect(worker.runs(task)).toEqual(["browser"]);
    expect(isRerouted(events)).toBe(false);
  }
  const openedAt = performance.now();

  const events = await browse("six");
  expect(worker.runs("six")).toEqual(["planner"]);
  const task = { taskId: events.find((event) => event.type === "task.created")?.taskId, agent: "planner" };
  expect(events.find((event) => event.type === "task.rerouted")).toMatchObject({
    ...task,
    data: { from: "browser", to: "planner", reason: expect.stringContaining("failed several times in a row") },
  });
  expect(events.find((event) => event.type === "task.completed")?.data).toMatchObject({
    result: { text: "by planner" },
  });

  // The probe: one task goes to the agent again. It fails, and the stand-in goes on.
  const tasks: string[] = [];
  await until(
    async () => {
      tasks.push(`probe ${tasks.length}`);
      await browse(tasks.at(-1) ?? "");
      return worker.runs(tasks.at(-1) ?? "").includes("browser");
    },
    { what: "the probe", timeoutMs: 10_000 },
  );
  expect(performance.now() - openedAt).toBeGreaterThan(BREAKER_MS * 0.9);
  expect(isRerouted(await browse("after the probe"))).toBe(true);

  isWell = true;
  await until(async () => !isRerouted(await browse(`well ${tasks.push("")}`)), {
    what: "the agent to be asked again",
    timeoutMs: 10_000,
  });
  expect(isRerouted(await browse("seven"))).toBe(false);
  expect(worker.runs("seven")).toEqual(["browser"]);
});
