import type { Agent, AgentContext, Delegated } from "#/agents/agent.ts";
import { type RunningWorker, startWorker } from "#/agents/start-worker.ts";
import type { Models } from "#/lib/model/models.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { Bid } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { offlineModels } from "#/test/support/offline.ts";
import type { World } from "#/test/support/world.ts";

/** What a task does each time that it is run: `execution` counts from 1, over all attempts. */
export type Deed = (
  context: AgentContext,
  execution: number,
  spec: TaskSpec,
) => Promise<TaskResult | Delegated> | TaskResult | Delegated;

/** What an agent bids for a task in an auction. */
export type Bidding = (agent: AgentType, spec: TaskSpec) => Promise<Bid | null> | Bid | null;

export type ScriptedWorker = RunningWorker & {
  /** Says what the tasks with these words do, whoever is asked; the others are done at once. */
  on(task: string, deed: Deed): void;
  /** Says what the agents bid for the tasks with these words; for the others they do not bid. */
  onBid(task: string, bidding: Bidding): void;
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
  const biddings = new Map<string, Bidding>();
  const seen = new Map<string, AgentType[]>();
  const execute = (type: AgentType): Agent["execute"] => {
    return async (spec, context) => {
      const { task } = spec;
      const runs = [...(seen.get(task) ?? []), type];
      seen.set(task, runs);
      return (await deeds.get(task)?.(context, runs.length, spec)) ?? found;
    };
  };
  const shared = { name: "scripted", description: "Does what a test says.", concurrency: 20 };
  const capabilities = [{ name: "work", description: "Anything that a test says" }];
  const bid: Agent["bid"] = async (spec) => (await biddings.get(spec.task)?.(spec.agent as AgentType, spec)) ?? null;
  const timeoutMs = by.timeoutMs ?? 60_000;
  const agents = types.map(
    (type): Agent => ({ ...shared, type, capabilities, timeoutMs, bid, execute: execute(type) }),
  );
  const { context } = world;
  const worker = await startWorker({ context, agents, models: by.models ?? offlineModels(), version: "test" });
  return {
    ...worker,
    onBid: (task, bidding) => void biddings.set(task, bidding),
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
