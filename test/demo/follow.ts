import { eventLine } from "#/lib/cli/event-line.ts";
import { followRun } from "#/lib/cli/follow-run.ts";
import type { Server } from "#/lib/cli/server.ts";
import { TaskNames } from "#/lib/cli/task-names.ts";
import { oneLine } from "#/lib/cli/terminal.ts";
import { SECOND } from "#/lib/clock.ts";
import { decodeEvent, isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import { type Story, storyOf } from "#/test/demo/story.ts";
import { until } from "#/test/support/until.ts";

const mostMs = 60 * SECOND;
const mostCharacters = 140;

/** A run whose events are printed as they come. */
export type Following = {
  readonly runId: string;
  /** Resolves with the first event of which this is true, those before included. */
  seen(what: string, isIt: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Resolves when the run has ended; fails after a minute. */
  ended(): Promise<Story>;
};

export function follow(server: Server, runId: string, print: (line: string) => void): Following {
  const events: RunEvent[] = [];
  const leaving = new AbortController();
  const reading = read(server, runId, leaving.signal, (event) => {
    events.push(event);
    const line = lineOf(event);
    if (line !== null) print(line);
  });
  const names = new TaskNames();
  const lineOf = (event: RunEvent) => timed(events, event, toldOf(event, names.nameFor(event)));
  const waitFor = (what: string, isIt: (event: RunEvent) => boolean) =>
    until(() => events.find(isIt), { what, timeoutMs: mostMs }).catch((error: unknown) => {
      leaving.abort();
      throw error;
    });
  return {
    runId,
    seen: waitFor,
    async ended() {
      await waitFor(`run ${runId} to end`, ({ type }) => isEnd(type));
      await reading;
      return storyOf(events);
    },
  };
}

async function read(
  server: Server,
  runId: string,
  signal: AbortSignal,
  take: (event: RunEvent) => void,
): Promise<void> {
  const onLost = () => {};
  for await (const received of followRun(server, runId, { signal, onLost })) {
    const event = decodeEvent(received);
    if (event !== null) take(event);
  }
}

function timed(events: readonly RunEvent[], event: RunEvent, told: string | null): string | null {
  const seconds = (Date.parse(event.at) - Date.parse(events[0]?.at ?? event.at)) / SECOND;
  return told === null ? null : `${seconds.toFixed(2).padStart(6)}  ${oneLine(told, mostCharacters)}`;
}

/** What happened to the tasks of the run, its plan and its board; null for the rest, which the transcript has. */
function toldOf(event: RunEvent, name: string): string | null {
  const line = eventLine(event, name);
  switch (event.type) {
    case "run.paused":
    case "run.resumed":
    case "run.completed":
    case "run.failed":
    case "run.cancelled":
      return `run ${event.type.slice("run.".length)}, ${line}`;
    case "plan.changed":
      return `plan changed: ${line}`;
    case "note.posted":
    case "note.retracted":
      return `board: ${line}`;
    case "action.accepted":
      return event.data.author === "agent" && event.data.action.kind === "delegate"
        ? `${name} delegates ${event.data.action.id} to ${event.data.action.agentType}`
        : null;
    case "action.refused":
      return `refused, ${line}`;
    case "task.dispatched":
      return null;
    default:
      return event.taskId === undefined || name === "main" || event.type === "model.called" ? null : line;
  }
}
