import type { Agent, AgentContext } from "#/agents/agent.ts";
import { now, sleep } from "#/lib/clock.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { delegations } from "#/test/bench/harness/turn-script.ts";

/**
 * An agent that does nothing but what its task says: asks its model once when the task is one of a turn, tells its progress
 * at a rate when it begins with `pulse <a second> <seconds>`, and else gives the task's words back at once.
 */
export function echoAgent(type: AgentType, concurrency: number): Agent {
  return {
    type,
    name: `Echo ${type}`,
    description: "Gives back what it is given.",
    capabilities: [],
    timeoutMs: 300_000,
    concurrency,
    execute: (task, context) => execute(type, task, context),
  };
}

const turnTasks = new Set(delegations.map(({ task }) => task));

async function execute(type: AgentType, { task }: TaskSpec, context: AgentContext): Promise<TaskResult> {
  const [, rate, seconds] = /^pulse (\d+) (\d+)/.exec(task) ?? [];
  if (rate !== undefined) await pulse(Number(rate), Number(seconds), context);
  const text = turnTasks.has(task) ? await ask(type, task, context) : task;
  return { text, evidence: [], artifacts: [] };
}

function ask(type: AgentType, task: string, context: AgentContext): Promise<string> {
  return context.generate({ tier: "fast", instructions: type, messages: [{ role: "user", content: task }] });
}

/** `beat <number> <milliseconds of the day>`: what a viewer counts and measures its lag by. */
async function pulse(rate: number, seconds: number, { progress, signal }: AgentContext): Promise<void> {
  const startedAt = now();
  for (let beat = 1; beat <= rate * seconds && !signal.aborted; beat += 1) {
    await sleep(Math.max(0, startedAt + (beat * 1_000) / rate - now()), signal);
    progress(`beat ${beat} ${now()}`);
  }
}
