import { UI_MESSAGE_STREAM_HEADERS } from "ai";
import { messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

/** Aborts when this process is told to stop: a stream would otherwise keep it from exiting for as long as a run lasts. */
const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());

/**
 * A stream of server-sent events that ends when its source ends, when the client goes away, or when the process stops.
 * Read only as fast as the client takes it. A client that was cut off joins again.
 */
export function eventStream(
  request: Request,
  source: (signal: AbortSignal) => AsyncGenerator<string>,
  headers: Record<string, string> = {},
): Response {
  const gone = new AbortController();
  const lines = source(AbortSignal.any([request.signal, gone.signal, stopping.signal]));
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await lines.next();
        if (gone.signal.aborted) return;
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      } catch (error) {
        if (gone.signal.aborted) return;
        log.warn({ error: messageOf(error) }, "stream cut off");
        controller.error(error);
      }
    },
    async cancel() {
      gone.abort();
      await lines.return(undefined);
    },
  });
  return new Response(body, {
    headers: { ...UI_MESSAGE_STREAM_HEADERS, "cache-control": "no-cache, no-transform", ...headers },
  });
}
