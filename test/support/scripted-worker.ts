import type { Agent, AgentContext } from "#/agents/agent.ts";
import { type RunningWorker, startWorker } from "#/agents/start-worker.ts";
import type { Models } from "#/lib/model/models.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { offlineModels } from "#/test/support/offline.ts";
import type { World } from "#/test/support/world.ts";

/** What a task does each time that it is run: `execution` counts from 1, over all attempts. */
export type Deed = (context: AgentContext, execution: number) => Promise<TaskResult> | TaskResult;

export type ScriptedWorker = RunningWorker & {
  /** Says what the tasks with these words do, whoever is asked; the others are done at once. */
  on(task: string, deed: Deed): void;
  /** Who ran the tasks with these words, in order. */
  runs(task: string): readonly AgentType[];
};

export const found: TaskResult = { text: "found", evidence: [], artifacts: [] };

const types: readonly AgentType[] = ["knowledge", "planner", "browser"];

/** A worker in this process, whose specialists do what the test says, and whose main agent is the offline model. */
export async function startScriptedWorker(
  world: World,
  by: { models?: Models; timeoutMs?: number } = {},
): Promise<ScriptedWorker> {
  const deeds = new Map<string, Deed>();
  const seen = new Map<string, AgentType[]>();
  const execute = (type: AgentType): Agent["execute"] => {
    return async ({ task }, context) => {
      const runs = [...(seen.get(task) ?? []), type];
      seen.set(task, runs);
      return (await deeds.get(task)?.(context, runs.length)) ?? found;
    };
  };
  const shared = { name: "scripted", description: "Does what a test says.", capabilities: [], concurrency: 20 };
  const timeoutMs = by.timeoutMs ?? 60_000;
  const agents = types.map((type): Agent => ({ ...shared, type, timeoutMs, execute: execute(type) }));
  const { context } = world;
  const worker = await startWorker({ context, agents, models: by.models ?? offlineModels(), version: "test" });
  return {
    ...worker,
    on: (task, deed) => void deeds.set(task, deed),
    runs: (task) => seen.get(task) ?? [],
  };
}

/** For a task that ends when it is told to and not before. */
export function untilAborted({ signal }: AgentContext): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
