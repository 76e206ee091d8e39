import type { Refusal } from "#/lib/protocol/gate.ts";
import { Subtask } from "#/lib/protocol/orchestration.ts";

/** A subtask as the protocol has it, or what is wrong with it: agents may pass on what a model wrote. */
export function readSubtask(given: unknown): { readonly subtask: Subtask } | { readonly refusal: Refusal } {
  const { data: subtask, error } = Subtask.safeParse(given);
  if (subtask !== undefined) return { subtask };
  const [issue] = error.issues;
  return { refusal: refusalOf(given, issue?.path[0], issue?.message ?? "it is not one") };
}

function refusalOf(given: unknown, field: PropertyKey | undefined, why: string): Refusal {
  if (typeof given !== "object" || given === null || field === undefined)
    return { code: "bad-value", message: `A subtask is an object with ref, agent and task: ${why}.` };
  const value: unknown = Reflect.get(given, field);
  if (isMissing(value)) return { code: "missing-field", message: `A subtask needs its ${String(field)}.` };
  if (field === "agent") return { code: "unknown-agent", message: `${shown(value)} is no agent.` };
  if (field === "ref") return { code: "bad-value", message: `${shown(value)} is no reference of a task.` };
  return { code: "bad-value", message: `${String(field)} of a subtask cannot be ${shown(value)}: ${why}.` };
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length <= 80 ? text : `${text.slice(0, 80).toWellFormed()}...`;
}
