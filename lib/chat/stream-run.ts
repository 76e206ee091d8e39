import { type DeputyChunk, MessageFold } from "#/lib/chat/to-chunks.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { followRun } from "#/lib/run/follow-run.ts";

/** The run from its beginning, then live, as lines of the AI SDK's UI message stream. */
export async function* streamAsMessage(context: Context, runId: string, signal: AbortSignal): AsyncGenerator<string> {
  const fold = new MessageFold();
  for await (const events of followRun(context, runId, 0, signal)) {
    if (events.length === 0) yield keepAlive;
    else
      yield merged(events.flatMap((event) => fold.push(event)))
        .map(dataLine)
        .join("");
  }
  if (!signal.aborted) yield "data: [DONE]\n\n";
}

/**
 * The run's events after a cursor, then live, as server-sent events whose id is the sequence number. It begins with a
 * comment: the headers of an answer leave with its first bytes, and the next event may be minutes away.
 */
export async function* streamAsEvents(
  context: Context,
  runId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield keepAlive;
  for await (const events of followRun(context, runId, after, signal)) {
    if (events.length === 0) yield keepAlive;
    else yield events.map(eventLine).join("");
  }
}

/** A comment: keeps proxies from closing a quiet stream, and shows a dead client. */
const keepAlive = ": keep-alive\n\n";

function dataLine(chunk: DeputyChunk): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function eventLine(event: RunEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Neighbouring deltas of one part as one: a client rebuilds its message for every chunk. */
function merged(chunks: readonly DeputyChunk[]): DeputyChunk[] {
  const out: DeputyChunk[] = [];
  for (const chunk of chunks) {
    const last = out.at(-1);
    const isDelta = chunk.type === "text-delta" || chunk.type === "reasoning-delta";
    if (isDelta && last?.type === chunk.type && last.id === chunk.id) {
      out[out.length - 1] = { ...last, delta: last.delta + chunk.delta };
    } else out.push(chunk);
  }
  return out;
}
