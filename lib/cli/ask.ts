import { randomUUID } from "node:crypto";
import { cancelRun } from "#/lib/cli/cancel.ts";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { followRun } from "#/lib/cli/follow-run.ts";
import { onInterrupt } from "#/lib/cli/interrupt.ts";
import { messageFrom } from "#/lib/cli/message.ts";
import { answerView, eventsView, type RunView } from "#/lib/cli/run-view.ts";
import { type Server, serverAt } from "#/lib/cli/server.ts";
import { startRun } from "#/lib/cli/start-run.ts";
import { type Output, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { messageOf } from "#/lib/errors.ts";

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
  const leaving = new AbortController();
  let runId: string | undefined;
  const stopListening = onInterrupt(
    () => (runId === undefined ? leaving.abort() : cancel(server, runId, leaving.signal, terminal.stderr)),
    () => leaving.abort(),
  );
  try {
    runId = await startRun(server, { text, conversationId }, leaving.signal);
    const status = await watch(server, runId, { view, stderr: terminal.stderr, signal: leaving.signal });
    if (!options.jsonl) writeLine(terminal.stderr, `go on with: deputy ask --conversation ${conversationId} "..."`);
    return status;
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    return exitStatus.cancelled;
  } finally {
    stopListening();
  }
}

type Watching = { readonly view: RunView; readonly stderr: Output; readonly signal: AbortSignal };

async function watch(server: Server, runId: string, { view, stderr, signal }: Watching): Promise<number> {
  const onLost = () => writeLine(stderr, "connection lost, trying again for 60 s");
  let last = "";
  for await (const event of followRun(server, runId, { signal, onLost })) {
    view.show(event);
    last = event.type;
  }
  view.close();
  if (signal.aborted) writeLine(stderr, `left; the run may still go on, see: deputy show ${runId}`);
  return statusOfEnd(last);
}

function statusOfEnd(type: string): number {
  if (type === "run.completed") return exitStatus.done;
  return type === "run.failed" ? exitStatus.failed : exitStatus.cancelled;
}

function cancel(server: Server, runId: string, signal: AbortSignal, stderr: Output): void {
  writeLine(stderr, "cancelling the run; Ctrl-C again leaves it");
  cancelRun(server, runId, signal).catch((error: unknown) => {
    if (!signal.aborted) writeLine(stderr, `the run could not be cancelled: ${messageOf(error)}`);
  });
}
