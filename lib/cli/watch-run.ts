import { cancelRun } from "#/lib/cli/cancel.ts";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { followRun, type ReceivedEvent } from "#/lib/cli/follow-run.ts";
import { onInterrupt } from "#/lib/cli/interrupt.ts";
import type { Server } from "#/lib/cli/server.ts";
import { type Output, writeLine } from "#/lib/cli/terminal.ts";
import { messageOf } from "#/lib/errors.ts";

/** How a run ended; `unknown` when it was left before. */
export type End = "completed" | "failed" | "cancelled" | "unknown";

export type Watching = {
  /** Resolves with the id of the run. */
  readonly start: (signal: AbortSignal) => Promise<string>;
  readonly show: (event: ReceivedEvent) => void;
  readonly stderr: Output;
};

/**
 * Starts a run and shows its events up to the last one. Ctrl-C cancels the run and waits for its end, a second one leaves it.
 * Null when it was left before it had an id.
 */
export async function watchRun(
  server: Server,
  { start, show, stderr }: Watching,
): Promise<{ readonly runId: string; readonly end: End } | null> {
  const leaving = new AbortController();
  const { signal } = leaving;
  let runId: string | undefined;
  const stopListening = onInterrupt(
    () => (runId === undefined ? leaving.abort() : cancel(server, runId, signal, stderr)),
    () => leaving.abort(),
  );
  try {
    runId = await start(signal);
    return { runId, end: await follow(server, runId, { signal, show, stderr }) };
  } catch (error) {
    if (!signal.aborted) throw error;
    return null;
  } finally {
    stopListening();
  }
}

/** What the end of a run leaves behind for scripts. */
export function statusOfEnd(end: End): number {
  if (end === "completed") return exitStatus.done;
  return end === "failed" ? exitStatus.failed : exitStatus.cancelled;
}

const ends: Readonly<Record<string, End>> = {
  "run.completed": "completed",
  "run.failed": "failed",
  "run.cancelled": "cancelled",
};

type Following = { readonly signal: AbortSignal; readonly show: Watching["show"]; readonly stderr: Output };

async function follow(server: Server, runId: string, { signal, show, stderr }: Following): Promise<End> {
  const onLost = () => writeLine(stderr, "connection lost, trying again for 60 s");
  let end: End = "unknown";
  for await (const event of followRun(server, runId, { signal, onLost })) {
    show(event);
    end = ends[event.type] ?? end;
  }
  return end;
}

function cancel(server: Server, runId: string, signal: AbortSignal, stderr: Output): void {
  writeLine(stderr, "cancelling the run; Ctrl-C again leaves it");
  cancelRun(server, runId, signal).catch((error: unknown) => {
    if (!signal.aborted) writeLine(stderr, `the run could not be cancelled: ${messageOf(error)}`);
  });
}
