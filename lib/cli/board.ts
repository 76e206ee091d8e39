import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { tableLines, timeOf } from "#/lib/cli/table.ts";
import { oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { Note } from "#/lib/protocol/orchestration.ts";

const BoardOfRun = z.object({ notes: z.array(Note) });

export type BoardOptions = { readonly url: string; readonly json?: boolean };

/** Prints the notes of a run, oldest first: a table, or with `json` the server's answer as one object. */
export async function board(runId: string, { url, json }: BoardOptions, { stdout, stderr }: Terminal): Promise<number> {
  const answer = await serverAt(url).get(`/api/runs/${encodeURIComponent(runId)}/board`, BoardOfRun);
  if (json) writeLine(stdout, JSON.stringify(answer));
  else if (answer.notes.length === 0) writeLine(stderr, "nothing is on the board of this run");
  else for (const line of tableLines([header, ...answer.notes.map(cellsOf)])) writeLine(stdout, line);
  return exitStatus.done;
}

const header = ["POSTED (UTC)", "BY", "KIND", "NOTE"];

function cellsOf({ at, author, kind, retracted, text, source }: Note): string[] {
  const words = [retracted ? "(retracted)" : "", text, source === undefined ? "" : `(${source})`];
  return [timeOf(at), author, kind, oneLine(words.filter(Boolean).join(" "), 200)];
}
