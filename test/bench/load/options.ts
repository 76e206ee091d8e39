import { parseArgs } from "node:util";
import { messageOf } from "#/lib/errors.ts";
import { AgentType } from "#/lib/protocol/agent.ts";
import { body } from "#/test/bench/harness/echo.ts";

export type LoadOptions = {
  /** How many agents work at once: each has one task in hand and is given the next when that has settled. */
  readonly agents: number;
  /** Of all of them together. */
  readonly tasks: number;
  readonly type: AgentType;
  readonly task: string;
  readonly json: string | undefined;
};

const MOST_AGENTS = 1_000;
const MOST_TASKS = 1_000_000;

export const loadUsage = `npm run load -- [--agents N] [--tasks N] [--type AGENT] [--task TEXT] [--json FILE]
  --agents   agents that work at once, 1 to ${MOST_AGENTS.toLocaleString("en-US")} (default 10)
  --tasks    tasks of all of them together, 1 to ${MOST_TASKS.toLocaleString("en-US")} (default 100)
  --type     the type of the agents (default knowledge)
  --task     what each task says (default: 300 bytes)
  --json     writes the report into a file, too
With DATABASE_URL and REDIS_URL the workers that run there do the tasks; else servers and a worker are started for the
test, whose agents give back what they are given.
`;

/** The options, or what is wrong with the arguments; empty when only help was asked for. */
export function readLoadOptions(args: readonly string[]): LoadOptions | string {
  try {
    const string = { type: "string" } as const;
    const given = { agents: string, tasks: string, type: string, task: string, json: string };
    const { values } = parseArgs({ args: [...args], options: { ...given, help: { type: "boolean", short: "h" } } });
    if (values.help) return "";
    return {
      agents: count("--agents", values.agents ?? "10", MOST_AGENTS),
      tasks: count("--tasks", values.tasks ?? "100", MOST_TASKS),
      type: agentType(values.type ?? "knowledge"),
      task: values.task ?? body,
      json: values.json,
    };
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function count(name: string, text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new Error(`${name} must be a whole number from 1 to ${most.toLocaleString("en-US")}, not "${text}".`);
}

function agentType(text: string): AgentType {
  const parsed = AgentType.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Error(`--type must be one of ${AgentType.options.join(", ")}, not "${text}".`);
}
