import { EventSourceParserStream } from "eventsource-parser/stream";
import type { z } from "zod";
import { notDeputy, type Server, unreachableAt } from "#/lib/cli/server.ts";
import { SECOND, sleep, ticks } from "#/lib/clock.ts";
import { asDeputyError } from "#/lib/errors.ts";
import { isEnd, RawEvent } from "#/lib/protocol/event.ts";

/** Fields that this version does not know are kept, so that `--jsonl` passes on what the log holds. */
const ReceivedEvent = RawEvent.loose();
export type ReceivedEvent = z.infer<typeof ReceivedEvent>;

const giveUpAfterMs = 60 * SECOND;
const firstPauseMs = 250;
const longestPauseMs = 2 * SECOND;
/** A result may be 1 MB; its event is somewhat more. */
const maxEventLength = 16 * 1_048_576;

export type Following = {
  /** Ends the following, without an error. */
  readonly signal: AbortSignal;
  /** Called once for each connection that broke. */
  readonly onLost: () => void;
  /** How long a server may be away; 60 s unless told. */
  readonly giveUpAfterMs?: number;
};

/**
 * The events of a run from the first to the last, each once and in order. When the connection breaks it is made again and
 * goes on behind the last event that was seen. Throws `server-unreachable` after 60 s without a server.
 */
export async function* followRun(server: Server, runId: string, following: Following): AsyncGenerator<ReceivedEvent> {
  const { signal } = following;
  let seq = 0;
  let awaySince: number | null = null;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      for await (const event of eventsBehind(server, runId, seq, signal)) {
        awaySince = null;
        if (event === null || event.seq <= seq) continue;
        seq = event.seq;
        pauseMs = firstPauseMs;
        yield event;
        if (isEnd(event.type)) return;
      }
    } catch (thrown) {
      if (signal.aborted) return;
      const error = asDeputyError(thrown, "broken");
      awaySince ??= ticks();
      if (!error.retryable || ticks() - awaySince > (following.giveUpAfterMs ?? giveUpAfterMs)) throw error;
    }
    if (pauseMs === firstPauseMs) following.onLost();
    await sleep(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** One connection. The first thing it yields is null: the server is there. Ends when the server closes it. */
async function* eventsBehind(
  server: Server,
  runId: string,
  seq: number,
  signal: AbortSignal,
): AsyncGenerator<ReceivedEvent | null> {
  const headers = { accept: "text/event-stream", "last-event-id": String(seq) };
  const reply = await server.open(`/api/runs/${encodeURIComponent(runId)}/events`, { headers, signal });
  // All of a run that has ended was seen.
  if (reply.status === 204) return;
  if (!reply.body || !reply.headers.get("content-type")?.startsWith("text/event-stream")) {
    throw notDeputy(server.url, "no event stream");
  }
  yield null;
  const messages = reply.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: maxEventLength }));
  const reader = messages.getReader();
  try {
    for (;;) {
      const next = await reader.read().catch((error: unknown) => {
        throw unreachableAt(server.url, error);
      });
      if (next.done) return;
      yield eventOf(next.value.data);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Null for a record that cannot be read, so that one record never spoils a log. */
function eventOf(data: string): ReceivedEvent | null {
  try {
    return ReceivedEvent.safeParse(JSON.parse(data)).data ?? null;
  } catch {
    return null;
  }
}
