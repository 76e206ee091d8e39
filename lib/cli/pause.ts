import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { type Terminal, writeLine } from "#/lib/cli/terminal.ts";

const Pause = z.object({ status: z.enum(["paused", "active"]) });

export type PauseOptions = { readonly url: string; readonly reason?: string };

/** Nothing new of the run starts until it is resumed; prints `paused`. */
export async function pause(runId: string, { url, reason }: PauseOptions, terminal: Terminal): Promise<number> {
  return post(url, `/api/runs/${encodeURIComponent(runId)}/pause`, { reason }, terminal);
}

/** The run goes on where it stood; prints `active`. */
export async function resume(runId: string, { url }: { readonly url: string }, terminal: Terminal): Promise<number> {
  return post(url, `/api/runs/${encodeURIComponent(runId)}/resume`, {}, terminal);
}

async function post(url: string, path: string, body: unknown, { stdout }: Terminal): Promise<number> {
  const { status } = await serverAt(url).post(path, body, Pause);
  writeLine(stdout, status);
  return exitStatus.done;
}
