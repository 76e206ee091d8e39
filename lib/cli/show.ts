import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { type Server, serverAt } from "#/lib/cli/server.ts";
import { tableLines } from "#/lib/cli/table.ts";
import { oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { LoggedEvent, transcriptLines } from "#/lib/cli/transcript-lines.ts";
import { Failure } from "#/lib/protocol/task.ts";

const RunTask = z.looseObject({ ref: z.string(), agent: z.string(), task: z.string(), status: z.string() });
const RunState = z.looseObject({
  id: z.string(),
  conversationId: z.string(),
  status: z.string(),
  phase: z.string(),
  error: Failure.nullish(),
  paused: z.boolean().optional(),
  tasks: z.array(RunTask),
});
type RunState = z.infer<typeof RunState>;

const EventPage = z.object({ events: z.array(LoggedEvent) });

export type ShowOptions = { readonly url: string; readonly json?: boolean };

/** Prints the state of a run and then its events, one line each; with `json` both as one object. */
export async function show(runId: string, options: ShowOptions, { stdout }: Terminal): Promise<number> {
  const server = serverAt(options.url);
  const path = `/api/runs/${encodeURIComponent(runId)}`;
  const run = await server.get(path, RunState);
  const events = await allEvents(server, path);
  if (options.json) writeLine(stdout, JSON.stringify({ run, events }));
  else for (const line of [...stateLines(run), "", ...transcriptLines(events)]) writeLine(stdout, line);
  return exitStatus.done;
}

async function allEvents(server: Server, path: string): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (;;) {
    const page = await server.get(`${path}/events?after=${events.at(-1)?.seq ?? 0}`, EventPage);
    if (page.events.length === 0) return events;
    events.push(...page.events);
  }
}

function stateLines(run: RunState): string[] {
  const lines = [
    `run ${run.id}: ${run.paused ? "paused" : run.status} in ${run.phase}`,
    `conversation ${run.conversationId}`,
  ];
  if (run.error) lines.push(`${run.error.code}: ${oneLine(run.error.message, 400)}`);
  const tasks = run.tasks.map((task) => [`  ${task.ref}`, task.agent, task.status, oneLine(task.task, 100)]);
  return tasks.length === 0 ? lines : [...lines, "tasks:", ...tableLines(tasks)];
}
