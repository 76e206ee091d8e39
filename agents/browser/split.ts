import type { Delegated } from "#/agents/agent.ts";
import { addressesOf } from "#/agents/browser/request.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** More than a run's budget of tasks allows by default. */
const maxAddresses = 32;

/** One subtask for each address that the task names; null when it names fewer than two. */
export function splitTask(task: TaskSpec): Delegated | null {
  const addresses = addressesOf(task).slice(0, maxAddresses);
  if (addresses.length < 2) return null;
  const delegate = addresses.map((url, at) => ({
    ref: `s${at + 1}`,
    agent: "browser" as const,
    task: `Open ${url} for this: ${task.task}`,
    strict: false,
    input: { ...task.input, url },
  }));
  return { delegate };
}
