import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { tableLines, timeOf } from "#/lib/cli/table.ts";
import { oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";

const RunRow = z.looseObject({
  id: z.string(),
  status: z.string(),
  phase: z.string(),
  text: z.string(),
  createdAt: z.string(),
  paused: z.boolean().optional(),
});
const RunList = z.looseObject({ runs: z.array(RunRow) });

export type RunsOptions = { readonly url: string; readonly limit?: number; readonly json?: boolean };

/** Lists runs, newest first: a table, or with `json` the server's answer as one object. */
export async function runs(options: RunsOptions, terminal: Terminal): Promise<number> {
  const query = options.limit === undefined ? "" : `?limit=${options.limit}`;
  const list = await serverAt(options.url).get(`/api/runs${query}`, RunList);
  if (options.json) writeLine(terminal.stdout, JSON.stringify(list));
  else if (list.runs.length === 0) writeLine(terminal.stderr, "there are no runs yet");
  else for (const line of tableLines([header, ...list.runs.map(cellsOf)])) writeLine(terminal.stdout, line);
  return exitStatus.done;
}

const header = ["RUN", "STATUS", "PHASE", "STARTED (UTC)", "MESSAGE"];

function cellsOf(run: z.infer<typeof RunRow>): string[] {
  return [run.id, run.paused ? "paused" : run.status, run.phase, timeOf(run.createdAt), oneLine(run.text, 80)];
}
