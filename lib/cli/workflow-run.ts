import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { Progress } from "#/lib/cli/progress.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { type End, statusOfEnd, watchRun } from "#/lib/cli/watch-run.ts";
import { faultLine, findWorkflow } from "#/lib/cli/workflow.ts";
import { WorkflowOutcome } from "#/lib/cli/workflow-outcome.ts";
import { DeputyError } from "#/lib/errors.ts";
import { decodeEvent, type RunEvent } from "#/lib/protocol/event.ts";
import { type FilledStep, fillWorkflow } from "#/lib/workflow/fill-workflow.ts";
import { readWorkflowFile } from "#/lib/workflow/list-workflows.ts";
import type { Workflow } from "#/lib/workflow/schema.ts";

const Started = z.looseObject({ runId: z.string() });

export type RunOptions = { readonly url: string; readonly set?: readonly string[]; readonly json?: boolean };

/**
 * Runs a workflow, by its name or a file, and follows it to the end. On standard output: what its steps brought; with
 * `json` one object. Resolves with the status that `deputy ask` would have, and with 1 when the run was
 * completed but did not reach its end. Ctrl-C cancels the run and waits for its end, a second one leaves it.
 */
export async function runCommand(named: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const server = serverAt(options.url);
  const order = await orderFor(named, options.set ?? []);
  const view = options.json ? quietly(terminal) : visibly(terminal);
  const outcome = new WorkflowOutcome();
  const watched = await watchRun(server, {
    start: async (signal) => (await server.post("/api/runs", order, Started, signal)).runId,
    show: (received) => {
      const event = decodeEvent(received);
      if (event === null) return;
      outcome.take(event);
      view.show(event);
    },
    stderr: terminal.stderr,
  });
  if (watched === null) return exitStatus.cancelled;
  const { runId, end } = watched;
  view.close(outcome, { runId, status: end });
  return end === "completed" && outcome.shortfall !== null ? exitStatus.failed : statusOfEnd(end);
}

type Order = { readonly title: string; readonly tasks: readonly FilledStep[] };

async function orderFor(named: string, set: readonly string[]): Promise<Order> {
  const path = await findWorkflow(named);
  const reading = await readWorkflowFile(path);
  if ("faults" in reading)
    throw new DeputyError("workflow-invalid", reading.faults.map((fault) => faultLine(path, fault)).join("\n"));
  const values = valuesOf(set);
  const filling = fillWorkflow(reading.workflow, values);
  if ("fault" in filling) throw new DeputyError("usage", filling.fault);
  return { title: titleOf(reading.workflow, values), tasks: filling.steps };
}

function valuesOf(set: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const pair of set) {
    const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) throw new DeputyError("usage", `--set ${pair} is not of the form --set name=value.`);
    if (values.has(name)) throw new DeputyError("usage", `--set ${name}=... is given twice.`);
    values.set(name, value);
  }
  return values;
}

function titleOf({ title }: Workflow, values: ReadonlyMap<string, string>): string {
  const said = [...values.values()].filter((value) => value.trim() !== "").join(", ");
  return oneLine(said === "" ? title : `${title}: ${said}`, 300);
}

type View = {
  show(event: RunEvent): void;
  close(outcome: WorkflowOutcome, run: { readonly runId: string; readonly status: End }): void;
};

function visibly({ stdout, stderr }: Terminal): View {
  const progress = new Progress(stderr, () => {});
  return {
    show: (event) => progress.show(event),
    close: (outcome, { runId, status }) => {
      if (outcome.text !== "") writeLine(stdout, outcome.text);
      if (status === "completed" && outcome.shortfall !== null) writeLine(stderr, `deputy: ${outcome.shortfall}`);
      writeLine(stderr, `see all of it with: deputy show ${runId}`);
    },
  };
}

function quietly({ stdout }: Terminal): View {
  return {
    show: () => {},
    close: ({ steps }, run) => writeLine(stdout, JSON.stringify({ ...run, tasks: steps })),
  };
}
