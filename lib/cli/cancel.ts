import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { type Server, serverAt } from "#/lib/cli/server.ts";
import { type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { RunStatus } from "#/lib/protocol/task.ts";

const Cancelled = z.object({ status: RunStatus });

/** Cancels a run with all its tasks and prints the state it is in: `cancelled`, or how it had ended before. */
export async function cancel(runId: string, options: { readonly url: string }, terminal: Terminal): Promise<number> {
  writeLine(terminal.stdout, await cancelRun(serverAt(options.url), runId));
  return exitStatus.done;
}

export async function cancelRun(server: Server, runId: string, signal?: AbortSignal): Promise<RunStatus> {
  const { status } = await server.post(`/api/runs/${encodeURIComponent(runId)}/cancel`, {}, Cancelled, signal);
  return status;
}
