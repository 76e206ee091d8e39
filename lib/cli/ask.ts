import { randomUUID } from "node:crypto";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { messageFrom } from "#/lib/cli/message.ts";
import { answerView, eventsView } from "#/lib/cli/run-view.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { startRun } from "#/lib/cli/start-run.ts";
import { type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { statusOfEnd, watchRun } from "#/lib/cli/watch-run.ts";

export type AskOptions = { readonly url: string; readonly jsonl?: boolean; readonly conversation?: string };

/**
 * Sends a message and follows its run to the end. On standard output: the answer and the sources it cites, nothing else;
 * with `jsonl` the events instead, one a line. Resolves with the exit status that the end of the run has. Ctrl-C cancels
 * the run and waits for its end, a second one leaves it.
 */
export async function ask(words: readonly string[], options: AskOptions, terminal: Terminal): Promise<number> {
  const server = serverAt(options.url);
  const text = await messageFrom(words, terminal.stdin);
  const conversationId = options.conversation ?? randomUUID();
  const view = options.jsonl ? eventsView(terminal) : answerView(terminal);
  const onDelay = ({ message }: Error) => writeLine(terminal.stderr, `${message}\ntrying again for 60 s`);
  const watched = await watchRun(server, {
    start: (signal) => startRun(server, { text, conversationId }, { signal, onDelay }),
    show: (event) => view.show(event),
    stderr: terminal.stderr,
  });
  if (watched === null) return exitStatus.cancelled;
  view.close();
  const { runId, end } = watched;
  if (end === "unknown") writeLine(terminal.stderr, `left; the run may still go on, see: deputy show ${runId}`);
  if (!options.jsonl) writeLine(terminal.stderr, `go on with: deputy ask --conversation ${conversationId} "..."`);
  return statusOfEnd(end);
}
