import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { type Server, serverAt } from "#/lib/cli/server.ts";
import { type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { DeputyError } from "#/lib/errors.ts";
import { RunStatus, TaskStatus } from "#/lib/protocol/task.ts";

const CancelledRun = z.object({ status: RunStatus });
const CancelledTask = z.object({ status: TaskStatus });
const RunWithTasks = z.looseObject({ tasks: z.array(z.looseObject({ id: z.string(), ref: z.string() })) });

export type CancelOptions = { readonly url: string; readonly task?: string };

/**
 * Cancels a run with all its tasks, or with `task` (its reference or its id) one of them alone, and prints the state that
 * it is in: `cancelled`, or how it had ended before.
 */
export async function cancel(runId: string, { url, task }: CancelOptions, terminal: Terminal): Promise<number> {
  const server = serverAt(url);
  const status = task === undefined ? await cancelRun(server, runId) : await cancelTask(server, runId, task);
  writeLine(terminal.stdout, status);
  return exitStatus.done;
}

export async function cancelRun(server: Server, runId: string, signal?: AbortSignal): Promise<RunStatus> {
  const { status } = await server.post(`/api/runs/${encodeURIComponent(runId)}/cancel`, {}, CancelledRun, signal);
  return status;
}

async function cancelTask(server: Server, runId: string, named: string): Promise<TaskStatus> {
  const { tasks } = await server.get(`/api/runs/${encodeURIComponent(runId)}`, RunWithTasks);
  const task = tasks.find(({ id, ref }) => ref === named || id === named.toLowerCase());
  if (task === undefined) {
    const known = tasks.length === 0 ? "It has none." : `It has ${tasks.map(({ ref }) => ref).join(", ")}.`;
    throw new DeputyError("task-unknown", `Run ${runId} has no task ${named}. ${known}`);
  }
  const { status } = await server.post(`/api/tasks/${encodeURIComponent(task.id)}/cancel`, {}, CancelledTask);
  return status;
}
