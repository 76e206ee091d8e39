import { z } from "zod";
import { eventLine } from "#/lib/cli/event-line.ts";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { type Server, serverAt } from "#/lib/cli/server.ts";
import { tableLines } from "#/lib/cli/table.ts";
import { TaskNames } from "#/lib/cli/task-names.ts";
import { oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { decodeEvent, RawEvent } from "#/lib/protocol/event.ts";
import { Failure } from "#/lib/protocol/task.ts";

const RunTask = z.looseObject({ ref: z.string(), agent: z.string(), task: z.string(), status: z.string() });
const RunState = z.looseObject({
  id: z.string(),
  conversationId: z.string(),
  status: z.string(),
  phase: z.string(),
  error: Failure.nullish(),
  tasks: z.array(RunTask),
});
type RunState = z.infer<typeof RunState>;

const LoggedEvent = RawEvent.loose();
type LoggedEvent = z.infer<typeof LoggedEvent>;
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
  const lines = [`run ${run.id}: ${run.status} in ${run.phase}`, `conversation ${run.conversationId}`];
  if (run.error) lines.push(`${run.error.code}: ${oneLine(run.error.message, 400)}`);
  const tasks = run.tasks.map((task) => [`  ${task.ref}`, task.agent, task.status, oneLine(task.task, 100)]);
  return tasks.length === 0 ? lines : [...lines, "tasks:", ...tableLines(tasks)];
}

/** Number, seconds since the run began, type, and what happened; an unknown type keeps its line, without the words. */
function transcriptLines(events: readonly LoggedEvent[]): string[] {
  const names = new TaskNames();
  const startedAt = Date.parse(events[0]?.at ?? "");
  return tableLines(
    events.map((logged) => {
      const event = decodeEvent(logged);
      const elapsed = ((Date.parse(logged.at) - startedAt) / 1_000).toFixed(3);
      return [
        String(logged.seq).padStart(4),
        elapsed.padStart(8),
        logged.type,
        event ? eventLine(event, names.nameFor(event)) : "",
      ];
    }),
  );
}
