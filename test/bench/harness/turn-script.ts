import { body } from "#/test/bench/harness/echo.ts";

/** What the models of a turn say, here and at the peer: a plan, three delegations, three results, an answer. */
export const delegations = (["knowledge", "planner", "browser"] as const).map((agent) => ({
  agent,
  task: `As the ${agent} agent: ${body}`,
}));

export function resultText(agent: string): string {
  return `What the ${agent} agent found. ${body}`;
}

export const planText = [
  "ACTION: PLAN",
  "STEPS: 1. Find out",
  "2. Compare",
  "---END---",
  ...delegations.flatMap(({ agent, task }) => [
    "ACTION: DELEGATE",
    `AGENT_TYPE: ${agent}`,
    `TASK: ${task}`,
    "---END---",
  ]),
  "",
].join("\n");

export const answerText = `All three were looked at, and the second one fits. ${body}`;

export const verdictText = ["ACTION: VERIFY", "VERDICT: pass", "---END---", answerText, ""].join("\n");
