import { hasControlCharacter } from "#/lib/actions/characters.ts";
import { nearest } from "#/lib/actions/edit-distance.ts";
import type { AgentChoice } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { fillHoles, fillJson } from "#/lib/workflow/holes.ts";
import { orderSteps, type StepNode } from "#/lib/workflow/order-steps.ts";
import { limits, mustBeGiven, type Workflow, type WorkflowInput } from "#/lib/workflow/schema.ts";

/** A step without holes, in the words of a delegation. */
export type FilledStep = Pick<
  TaskSpec,
  | "ref"
  | "task"
  | "mode"
  | "priority"
  | "strict"
  | "aggregate"
  | "voters"
  | "minAgreement"
  | "complexity"
  | "condition"
  | "attempts"
  | "timeoutMs"
  | "input"
> & { readonly agent: AgentChoice; readonly dependsOn: string[] };

export type Filling = { readonly steps: FilledStep[] } | { readonly fault: string };

/** How a person gives an input where he is: `--set topic=...` on the command line. */
export type Writing = (input: string) => string;

const onCommandLine: Writing = (input) => `--set ${input}=...`;

/**
 * The steps with their holes filled, each behind those that it depends on. Values are text: holes in them are not filled.
 * The fault says what is missing or unknown, and what to write.
 */
export function fillWorkflow(
  workflow: Workflow,
  given: ReadonlyMap<string, string>,
  writing: Writing = onCommandLine,
): Filling {
  const fault = faultOf(workflow, given, writing);
  if (fault !== undefined) return { fault };
  const values = valuesOf(workflow, given);
  const order = orderSteps(workflow.steps);
  const filled = order.map((node, at) => filledStep(workflow, node, order[at - 1]?.place, values));
  const reason = filled.map(unusableReason).find((why) => why !== undefined);
  return reason === undefined ? { steps: filled } : { fault: reason };
}

function unusableReason({ ref, task }: FilledStep): string | undefined {
  const begin = `With these values the task of step ${ref}`;
  if (task === "") return `${begin} is empty.`;
  if (task.length > limits.taskUnits) return `${begin} is longer than ${limits.taskUnits} characters.`;
  return hasControlCharacter(task) ? `${begin} holds a control character.` : undefined;
}

function faultOf({ name, inputs }: Workflow, given: ReadonlyMap<string, string>, writing: Writing): string | undefined {
  const names = Object.keys(inputs);
  const unknown = [...given.keys()].find((input) => !names.includes(input));
  if (unknown !== undefined) {
    const near = nearest(unknown, names);
    const known = names.length === 0 ? "It has none." : `It has ${names.join(", ")}.`;
    return `${name} has no input "${unknown}". ${near === undefined ? known : `Did you mean ${near}?`}`;
  }
  const missing = names.filter((input) => isMissing(inputs[input], given.get(input)));
  if (missing.length === 0) return undefined;
  const said = missing.map((input) => `${input}${aside(inputs[input]?.description)}`).join(", ");
  return `${name} needs ${said}. Write ${missing.map(writing).join(" ")}`;
}

function isMissing(input: WorkflowInput | undefined, value = ""): boolean {
  return input !== undefined && mustBeGiven(input) && value.trim() === "";
}

function aside(description = ""): string {
  return description === "" ? "" : ` (${description})`;
}

function valuesOf({ inputs }: Workflow, given: ReadonlyMap<string, string>): Map<string, string> {
  const textOf = (name: string, input: WorkflowInput) => given.get(name) ?? input.default ?? "";
  const entries = Object.entries(inputs);
  return new Map(entries.map(([name, input]) => [name, textOf(name, input).replace(/\r\n?/g, "\n")]));
}

function filledStep(
  { steps }: Workflow,
  { place, dependsOn }: StepNode,
  placeBefore: number | undefined,
  values: ReadonlyMap<string, string>,
): FilledStep {
  const step = steps[place];
  if (step === undefined) throw new Error(`a workflow has no step ${place}`);
  const { id, agent, task, mode, priority, strict, retries, timeout, input, after: _, ...options } = step;
  // Whoever runs the list takes MODE sequential for "after the one before it in the list": dependsOn says it exactly.
  const isChained = mode !== "sequential" || placeBefore === undefined || placeBefore === place - 1;
  return {
    ref: id,
    agent,
    task: fillHoles(task, values).trim(),
    dependsOn,
    mode: isChained ? mode : "parallel",
    priority,
    strict,
    ...(mode === "consensus" && { voters: 3, minAgreement: 0.6 }),
    ...options,
    ...(retries !== undefined && { attempts: retries + 1 }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(input !== undefined && { input: fillJson(input, values) }),
  };
}
