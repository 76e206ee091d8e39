import { basename, extname } from "node:path";
import { nearest } from "#/lib/actions/edit-distance.ts";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { tableLines } from "#/lib/cli/table.ts";
import { harmless, oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { askForInputSchemas } from "#/lib/cli/workflow-inputs.ts";
import { DeputyError } from "#/lib/errors.ts";
import { listWorkflows, readWorkflowFile, type WorkflowFile } from "#/lib/workflow/list-workflows.ts";
import type { Fault } from "#/lib/workflow/place.ts";
import { readWorkflow } from "#/lib/workflow/read-workflow.ts";
import { mustBeGiven, type Workflow } from "#/lib/workflow/schema.ts";

/** Lists the workflows of the product and of the data folder. Needs no server. */
export async function listCommand(options: { readonly json?: boolean }, { stdout }: Terminal): Promise<number> {
  const files = await Promise.all((await listWorkflows()).map(readListed));
  if (options.json) writeLine(stdout, JSON.stringify({ workflows: files.map(jsonOf) }));
  else for (const line of tableLines([header, ...files.map(cellsOf)])) writeLine(stdout, line);
  return exitStatus.done;
}

/** Prints the file of a workflow as it is, to be read, or kept and changed. Needs no server. */
export async function showCommand(named: string, { stdout, stderr }: Terminal): Promise<number> {
  const path = await findWorkflow(named);
  const { text, ...reading } = await readWorkflowFile(path);
  stdout.write(harmless(text));
  writeLine(stderr, `from ${path}`);
  const faults = "faults" in reading ? reading.faults : [];
  for (const fault of faults) writeLine(stderr, faultLine(path, fault));
  return faults.length > 0 ? exitStatus.failed : exitStatus.done;
}

/**
 * Says of each file what is wrong with it, one mistake a line. Status 1 when there is any; warnings are none. Where a step has
 * an input, the server at `url` is asked what its agents take; without one the rest is checked, and standard error says so.
 */
export async function checkCommand(
  paths: readonly string[],
  { url }: { readonly url: string },
  { stdout, stderr }: Terminal,
): Promise<number> {
  const files = await Promise.all(paths.map(async (path) => ({ path, ...(await readWorkflowFile(path)) })));
  const schemas = files.some(({ text }) => /\binput\b/.test(text)) ? await askForInputSchemas(url) : new Map();
  if ("why" in schemas)
    writeLine(stderr, `What stands in \`input\` was not compared with what the agents take. ${schemas.why}`);
  let wrong = 0;
  for (const { path, text, ...readAlone } of files) {
    const reading = text === "" || "why" in schemas ? readAlone : readWorkflow(text, schemas);
    const faults = "faults" in reading ? reading.faults : [];
    for (const fault of faults) writeLine(stdout, faultLine(path, fault));
    for (const warning of reading.warnings) writeLine(stdout, faultLine(path, warning, "warning: "));
    if ("workflow" in reading) warnOfName(path, reading.workflow, stdout);
    if (faults.length > 0) wrong += 1;
  }
  const counted = paths.length === 1 ? "1 file" : `${paths.length} files`;
  writeLine(stdout, wrong === 0 ? `${counted}, no mistakes` : `${counted}, ${wrong} with mistakes`);
  return wrong === 0 ? exitStatus.done : exitStatus.failed;
}

/** The file that is meant by a name, or by a path: that has a slash or an ending. Throws `workflow-unknown`. */
export async function findWorkflow(named: string): Promise<string> {
  if (/[/\\.]/.test(named)) return named;
  const files = await listWorkflows();
  const file = files.find(({ name }) => name === named);
  if (file !== undefined) return file.path;
  const names = files.map(({ name }) => name);
  const near = nearest(named, names);
  const advice = near === undefined ? `There are: ${names.join(", ")}.` : `Did you mean ${near}?`;
  throw new DeputyError("workflow-unknown", `There is no workflow ${named}. ${advice}`);
}

export function faultLine(path: string, { line, column, message }: Fault, kind = ""): string {
  return `${path}:${line}:${column}: ${kind}${oneLine(message, 400)}`;
}

/** It is found by the name of its file. */
function warnOfName(path: string, { name }: Workflow, stdout: Terminal["stdout"]): void {
  const found = basename(path, extname(path));
  if (found === name) return;
  const message = `The file is called ${found} and the workflow ${name}; it is found under ${found}.`;
  writeLine(stdout, faultLine(path, { line: 1, column: 1, message }, "warning: "));
}

type Listed = { readonly file: WorkflowFile; readonly workflow: Workflow | null };

async function readListed(file: WorkflowFile): Promise<Listed> {
  const reading = await readWorkflowFile(file.path);
  return { file, workflow: "workflow" in reading ? reading.workflow : null };
}

const header = ["NAME", "FROM", "INPUTS", "WHAT IT IS"];

function cellsOf({ file, workflow }: Listed): string[] {
  const inputs = Object.entries(workflow?.inputs ?? {});
  const names = inputs.map(([name, input]) => (mustBeGiven(input) ? name : `[${name}]`)).join(" ");
  const title = workflow === null ? `cannot be used, see: deputy workflow check ${file.path}` : oneLine(workflow.title);
  return [file.name, file.isOwn ? "you" : "deputy", names || "-", title];
}

function jsonOf({ file, workflow }: Listed) {
  const { name, path, isOwn } = file;
  return { name, path, own: isOwn, title: workflow?.title ?? null, inputs: workflow?.inputs ?? null };
}
