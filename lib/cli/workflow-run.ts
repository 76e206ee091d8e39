import { z } from "zod";
import { cancelRun } from "#/lib/cli/cancel.ts";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { followRun } from "#/lib/cli/follow-run.ts";
import { onInterrupt } from "#/lib/cli/interrupt.ts";
import { Progress } from "#/lib/cli/progress.ts";
import { type Server, serverAt } from "#/lib/cli/server.ts";
import { type Output, oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { faultLine, findWorkflow } from "#/lib/cli/workflow.ts";
import { WorkflowOutcome } from "#/lib/cli/workflow-outcome.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { decodeEvent, type EventType } from "#/lib/protocol/event.ts";
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
  const leaving = new AbortController();
  let runId: string | undefined;
  const stopListening = onInterrupt(
    () => (runId === undefined ? leaving.abort() : cancel(server, runId, leaving.signal, terminal.stderr)),
    () => leaving.abort(),
  );
  try {
    runId = (await server.post("/api/runs", order, Started, leaving.signal)).runId;
    const run = { server, runId, signal: leaving.signal };
    return await follow(run, options.json ? quietly(terminal) : visibly(terminal), terminal.stderr);
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    return exitStatus.cancelled;
  } finally {
    stopListening();
  }
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
  show(event: NonNullable<ReturnType<typeof decodeEvent>>): void;
  close(outcome: WorkflowOutcome, end: End): void;
};
type End = { readonly runId: string; readonly status: "completed" | "failed" | "cancelled" | "unknown" };

function visibly({ stdout, stderr }: Terminal): View {
  const progress = new Progress(stderr, () => {});
  return {
    show: (event) => progress.show(event),
    close: (outcome, { runId }) => {
      if (outcome.text !== "") writeLine(stdout, outcome.text);
      writeLine(stderr, `see all of it with: deputy show ${runId}`);
    },
  };
}

function quietly({ stdout }: Terminal): View {
  return {
    show: () => {},
    close: ({ steps }, end) => writeLine(stdout, JSON.stringify({ ...end, tasks: steps })),
  };
}

type Run = { readonly server: Server; readonly runId: string; readonly signal: AbortSignal };

async function follow({ server, runId, signal }: Run, view: View, stderr: Output): Promise<number> {
  const onLost = () => writeLine(stderr, "connection lost, trying again for 60 s");
  const outcome = new WorkflowOutcome();
  let status: End["status"] = "unknown";
  for await (const received of followRun(server, runId, { signal, onLost })) {
    status = ends[received.type as EventType] ?? status;
    const event = decodeEvent(received);
    if (event === null) continue;
    outcome.take(event);
    view.show(event);
  }
  view.close(outcome, { runId, status });
  if (status === "completed") return outcome.isGood ? exitStatus.done : exitStatus.failed;
  return status === "failed" ? exitStatus.failed : exitStatus.cancelled;
}

const ends: Partial<Record<EventType, End["status"]>> = {
  "run.completed": "completed",
  "run.failed": "failed",
  "run.cancelled": "cancelled",
};

function cancel(server: Server, runId: string, signal: AbortSignal, stderr: Output): void {
  writeLine(stderr, "cancelling the run; Ctrl-C again leaves it");
  cancelRun(server, runId, signal).catch((error: unknown) => {
    if (!signal.aborted) writeLine(stderr, `the run could not be cancelled: ${messageOf(error)}`);
  });
}
