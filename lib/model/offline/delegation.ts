import { delegateBlock, planBlock } from "#/lib/model/offline/blocks.ts";
import { capitalised } from "#/lib/model/offline/one-line.ts";
import type { OfflinePrompt, ReportedTask } from "#/lib/model/offline/read-prompt.ts";
import { isEmpty } from "#/lib/model/offline/reported.ts";
import { type Wish, wishesOf } from "#/lib/model/offline/wishes.ts";

type MainPrompt = Extract<OfflinePrompt, { kind: "main" }>;
type Delegation = Wish & { readonly id: string; readonly dependsOn: readonly string[] };

/** A plan builds on what these bring. */
const sources: ReadonlySet<string> = new Set(["knowledge", "browser", "any"]);

/** The PLAN for a request and its DELEGATE blocks. */
export function plannedDelegation(prompt: MainPrompt): string {
  const delegations = delegationsFor(prompt);
  const steps = [...delegations.map(stepFor), "Check what they bring, and answer with the sources"];
  return [planBlock(prompt.request.replace(/^\[text\] /gm, ""), steps), ...delegations.map(delegateBlock)].join("\n\n");
}

/**
 * In EXECUTING: what an output that was cut off did not come to delegate, as it would have been; else a second search in
 * other words for what found nothing, once.
 */
export function continuedDelegation(prompt: MainPrompt): string {
  const missing = delegationsFor(prompt).filter(({ agent, task }) => !isThere(prompt.tasks, agent, task));
  const again = missing.length > 0 ? missing : secondTries(prompt.tasks);
  const allowed = again.slice(0, prompt.tasksLeft);
  return allowed.length > 0 ? allowed.map(delegateBlock).join("\n\n") : "Nothing more can be delegated.";
}

/** The same request gives the same delegations with the same ids, however often it is asked. */
function delegationsFor(prompt: MainPrompt): Delegation[] {
  const wishes = wishesOf(prompt.request, prompt.earlier).slice(0, Math.max(prompt.tasksLeft + prompt.tasks.length, 1));
  const delegations = wishes.map((wish, at) => ({ ...wish, id: `t${at + 1}`, dependsOn: [] }));
  const ids = delegations.filter(({ agent }) => sources.has(agent)).map(({ id }) => id);
  return delegations.map((wish) => (wish.agent === "planner" ? { ...wish, dependsOn: ids } : wish));
}

function stepFor({ agent, task, mode, voters = 3 }: Delegation): string {
  if (mode === "consensus") return `Let ${voters} ${agent} agents vote: ${task}`;
  switch (agent) {
    case "any":
      return `Let the agents bid: ${task}`;
    case "knowledge":
      return `Search the documents: ${task}`;
    case "browser":
    case "planner":
      return capitalised(task);
    default:
      return `Ask the ${agent} agent: ${task}`;
  }
}

function isThere(tasks: readonly ReportedTask[], agent: string, task: string): boolean {
  return tasks.some((known) => (known.agent === agent || agent === "any") && known.task === task);
}

function secondTries(tasks: readonly ReportedTask[]): Delegation[] {
  const numbers = tasks.map(({ id }) => Number(/^t(\d+)$/.exec(id)?.[1] ?? 0));
  const next = Math.max(0, ...numbers) + 1;
  return tasks
    .filter((task) => task.agent === "knowledge" && isEmpty(task))
    .map((task) => keywordsOf(task.task))
    .filter((words) => words !== "" && !isThere(tasks, "knowledge", words))
    .map((task, at) => ({ agent: "knowledge", task, id: `t${next + at}`, dependsOn: [] }));
}

const fillers =
  /\b(?:how|what|why|when|where|which|who|is|are|was|were|does|do|did|can|could|should|would|will|the|an?|and|or|of|to|in|on|for|with|by|that|this|it|its|make|sure|about)\b/gi;

function keywordsOf(task: string): string {
  return task
    .replace(fillers, " ")
    .replace(/[?.!,;:]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
