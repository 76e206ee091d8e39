import { UI_MESSAGE_STREAM_HEADERS } from "ai";
import { answerWith, type Client } from "#/app/api/connection.ts";
import { Slices } from "#/app/api/slices.ts";
import type { Frames } from "#/lib/chat/stream-run.ts";
import { every, SECOND, ticks } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";
import type { Viewer } from "#/lib/run/follow-run.ts";

/** A client that takes nothing for that long is dropped; a heartbeat waits for him at the latest after the half of it. */
const STALLED_MS = 30 * SECOND;
const LOOK_EVERY_MS = 1 * SECOND;

/** To write a megabyte to hundreds of clients takes longer than anybody else should wait: such frames go out in slices. */
const LARGE_BYTES = 64 * 1_024;
const large = new Slices();

const streamHeaders = {
  "cache-control": "no-cache, no-transform",
  // A connection that went on waiting for further requests would keep a stopping server from exiting for seconds.
  connection: "close",
};

type Source = (viewer: Viewer) => Frames;

/**
 * A stream of server-sent events that ends when its source ends, when the client goes away, or when the process stops. It is
 * read only as fast as the client takes it. A client that is more than 1 MB behind, or takes nothing for 30 s, is cut off.
 * Whoever was cut off joins again.
 */
export function eventStream(request: Request, source: Source, added: Record<string, string> = {}): Response {
  const headers = { ...UI_MESSAGE_STREAM_HEADERS, ...streamHeaders, ...added };
  if (request.method === "HEAD") return new Response(null, { headers });
  return answerWith(headers, (client) => new ClientStream(client, source).send());
}

class ClientStream {
  readonly #client: Client;
  readonly #frames: Frames;
  #isLeft = false;
  /** A large frame waits for its slice, and nothing is taken meanwhile. */
  #isWaiting = false;
  /** Since when the client has no room for more. */
  #fullSince: number | undefined;

  constructor(client: Client, source: Source) {
    this.#client = client;
    this.#frames = source({ ready: () => this.send(), drop: () => this.#drop() });
    client.out.on("drain", () => this.#drained()).once("close", () => this.#leave());
    watch(this);
  }

  /** Sends what there is, as far as the client has room. */
  send(): void {
    try {
      while (!this.#isLeft && !this.#isWaiting && this.#fullSince === undefined) {
        const frame = this.#frames.take();
        if (frame === undefined) return;
        if (frame === null) this.end();
        else if (frame.length > LARGE_BYTES) this.#writeInSlice(frame);
        else this.#write(frame);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  end(): void {
    if (this.#leave()) this.#client.end();
  }

  dropIfStalled(): void {
    if (this.#fullSince !== undefined && ticks() - this.#fullSince > STALLED_MS) this.#drop();
  }

  #write(frame: Uint8Array): void {
    if (!this.#client.out.write(this.#client.framed(frame))) this.#fullSince = ticks();
  }

  #writeInSlice(frame: Uint8Array): void {
    this.#isWaiting = true;
    large.add(() => {
      this.#isWaiting = false;
      if (this.#isLeft) return;
      this.#write(frame);
      this.send();
    });
  }

  #drained(): void {
    this.#fullSince = undefined;
    this.send();
  }

  #drop(): void {
    this.#fail(new Error("the client does not read"));
  }

  #fail(error: unknown): void {
    if (!this.#leave()) return;
    log.warn({ error: messageOf(error) }, "stream cut off");
    // Next prints every other error with its stack, once for each client.
    this.#client.out.destroy(new DOMException(messageOf(error), "AbortError"));
  }

  /** False when that was done before. */
  #leave(): boolean {
    if (this.#isLeft) return false;
    this.#isLeft = true;
    unwatch(this);
    this.#frames.leave();
    return true;
  }
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
