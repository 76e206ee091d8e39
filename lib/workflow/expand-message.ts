import { basename } from "node:path";
import { nearest } from "#/lib/actions/edit-distance.ts";
import type { DelegateAction } from "#/lib/protocol/action.ts";
import { type FilledStep, fillWorkflow } from "#/lib/workflow/fill-workflow.ts";
import {
  listWorkflows,
  readWorkflowFile,
  type WorkflowFile,
  type WorkflowFolders,
  workflowFolders,
} from "#/lib/workflow/list-workflows.ts";
import type { Workflow } from "#/lib/workflow/schema.ts";

/** A delegation of a workflow; the last two are what no DELEGATE block can say. */
export type WorkflowDelegate = DelegateAction & Pick<FilledStep, "condition" | "attempts">;

export type Expansion =
  | { readonly delegates: readonly WorkflowDelegate[]; readonly workflow: Workflow }
  | { readonly fault: string };

/**
 * What a message of the form `/workflow name key=value key="two words"` delegates, in an order in which each delegation
 * stands behind those that it depends on; null for any other message. The fault is for the person who wrote it.
 */
export async function expandWorkflow(
  text: string,
  folders: WorkflowFolders = workflowFolders(),
): Promise<Expansion | null> {
  const [beginning, name = ""] = /^\ufeff?\/workflow(?!\S)[^\S\n]*(\S*)/u.exec(text) ?? [];
  if (beginning === undefined) return null;
  const files = await listWorkflows(folders);
  const file = files.find((known) => known.name === name);
  if (file === undefined) return unknownName(name, files);
  const values = readValues(text.slice(beginning.length));
  if ("fault" in values) return values;
  const reading = await readWorkflowFile(file.path);
  if ("faults" in reading) {
    const [first] = reading.faults;
    return { fault: `${basename(file.path)}:${first?.line}:${first?.column}: ${first?.message}` };
  }
  const filling = fillWorkflow(reading.workflow, values.values, (input) => `${input}="..."`);
  if ("fault" in filling) return filling;
  return { delegates: filling.steps.map(delegateOf), workflow: reading.workflow };
}

function unknownName(name: string, files: readonly WorkflowFile[]): Expansion {
  const names = files.map((file) => file.name);
  const near = nearest(name, names);
  const what = name === "" ? "Name a workflow." : `There is no workflow "${name.slice(0, 60)}".`;
  const advice = near === undefined || name === "" ? "" : ` Did you mean ${near}?`;
  return { fault: `${what}${advice} There are: ${names.join(", ")}. Write /workflow name key="value".` };
}

/** `key=value`, `key="two words"` or `key='two words'`, with blanks or line ends between them; \" and \\ stand for " and \. */
const pair = /\s*([^\s="']+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']\S*)?)(?=\s|$)/suy;

function readValues(written: string): { values: Map<string, string> } | { fault: string } {
  const values = new Map<string, string>();
  const text = written.trimEnd();
  pair.lastIndex = 0;
  for (let at = 0; at < text.length; at = pair.lastIndex) {
    pair.lastIndex = at;
    const [, key = "", double, single, bare = ""] = pair.exec(text) ?? [];
    if (key === "") return { fault: `${quoted(text.slice(at))} is not of the form key=value or key="two words".` };
    if (values.has(key)) return { fault: `${key} is given twice.` };
    values.set(key, double?.replace(/\\(["\\])/g, "$1") ?? single ?? bare);
  }
  return { values };
}

function quoted(text: string): string {
  const start = text.trim();
  return JSON.stringify(start.length > 60 ? `${start.slice(0, 57)}...` : start);
}

function delegateOf({ ref, agent, ...words }: FilledStep): WorkflowDelegate {
  return { kind: "delegate", id: ref, agentType: agent, ...words };
}
