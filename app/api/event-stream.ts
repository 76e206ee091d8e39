import { UI_MESSAGE_STREAM_HEADERS } from "ai";
import { connectionCutter } from "#/app/api/connection.ts";
import { every, SECOND, ticks } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";
import type { Viewer } from "#/lib/run/follow-run.ts";

/** A client that takes nothing for that long is dropped; a heartbeat waits for him at the latest after the half of it. */
const STALLED_MS = 30 * SECOND;
const LOOK_EVERY_MS = 1 * SECOND;

const streamHeaders = {
  "cache-control": "no-cache, no-transform",
  // A connection that went on waiting for further requests would keep a stopping server from exiting for seconds.
  connection: "close",
};

type Source = (viewer: Viewer) => AsyncGenerator<Uint8Array>;

/**
 * A stream of server-sent events that ends when its source ends, when the client goes away, or when the process stops. It is
 * read only as fast as the client takes it. A client that is more than 1 MB behind, or takes nothing for 30 s, is cut off.
 * Whoever was cut off joins again.
 */
export function eventStream(request: Request, source: Source, headers: Record<string, string> = {}): Response {
  // Nothing is asked for before the client has taken what came before.
  const body = new ReadableStream<Uint8Array>(new ClientStream(request.signal, source), { highWaterMark: 0 });
  return new Response(body, { headers: { ...UI_MESSAGE_STREAM_HEADERS, ...streamHeaders, ...headers } });
}

class ClientStream implements UnderlyingDefaultSource<Uint8Array> {
  readonly #client: AbortSignal;
  readonly #gone = new AbortController();
  readonly #frames: AsyncGenerator<Uint8Array>;
  readonly #cut = connectionCutter();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** When something was handed out that has not been taken yet. */
  #handedAt: number | undefined;

  constructor(client: AbortSignal, source: Source) {
    this.#client = client;
    this.#frames = source({ signal: this.#gone.signal, drop: this.#drop });
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    this.#client.addEventListener("abort", this.end, { once: true });
    watch(this);
    if (this.#client.aborted) this.end();
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#handedAt = undefined;
    try {
      const next = await this.#frames.next();
      if (this.#gone.signal.aborted) return;
      if (next.done) return this.end();
      this.#handedAt = ticks();
      controller.enqueue(next.value);
    } catch (error) {
      this.#fail(error);
    }
  }

  cancel(): void {
    this.#leave();
  }

  readonly end = (): void => {
    if (this.#leave()) this.#controller?.close();
  };

  dropIfStalled(): void {
    if (this.#handedAt !== undefined && ticks() - this.#handedAt > STALLED_MS) this.#drop();
  }

  readonly #drop = (): void => this.#fail(new Error("the client does not read"));

  #fail(error: unknown): void {
    if (!this.#leave()) return;
    log.warn({ error: messageOf(error) }, "stream cut off");
    this.#controller?.error(asAbort(error));
    this.#cut();
  }

  /** False when that was done before. */
  #leave(): boolean {
    if (this.#gone.signal.aborted) return false;
    unwatch(this);
    this.#client.removeEventListener("abort", this.end);
    this.#gone.abort();
    void this.#frames.return(undefined);
    return true;
  }
}

/** Next prints every other error with its stack, once for each client. */
function asAbort(error: unknown): Error {
  return new DOMException(messageOf(error), "AbortError");
}

const open = new Set<ClientStream>();
let stopWatching: (() => void) | undefined;

function watch(stream: ClientStream): void {
  open.add(stream);
  stopWatching ??= every(LOOK_EVERY_MS, () => {
    for (const one of open) one.dropIfStalled();
  });
}

function unwatch(stream: ClientStream): void {
  open.delete(stream);
  if (open.size > 0) return;
  stopWatching?.();
  stopWatching = undefined;
}

/** What is open would otherwise keep this process from exiting for as long as a run lasts. */
process.once("SIGTERM", () => {
  for (const stream of open) stream.end();
});
