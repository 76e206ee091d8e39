import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { ServerResponse } from "node:http";
import { PassThrough, Readable, type Writable } from "node:stream";

/** Where a stream goes: bytes are written to `out` as `framed` makes them, and `end` says that the answer is complete. */
export type Client = {
  readonly out: Writable;
  readonly framed: (bytes: Uint8Array) => Uint8Array;
  readonly end: () => void;
};

/** What Node's server answers to the request that is being handled. */
const answering = new AsyncLocalStorage<ServerResponse>();

subscribe("http.server.request.start", (started) => {
  if (typeof started !== "object" || started === null || !("response" in started)) return;
  if (started.response instanceof ServerResponse) answering.enterWith(started.response);
});

/**
 * An answer whose body is written by whoever `begin` gives the client to. Next is left to send the head only: it would keep
 * 30 kB more for each answer that is under way, and make a dozen promises for each chunk. So what it takes for the end of an
 * answer without a body is the beginning of ours. Outside of Node's server, and for a request that came before this module
 * was loaded, the body goes through Next.
 */
export function answerWith(headers: Record<string, string>, begin: (client: Client) => void): Response {
  const response = answering.getStore();
  if (response === undefined || response.headersSent || response.socket === null) return throughNext(headers, begin);
  response.end = () => {
    const { socket } = response;
    // He may have gone while his request was handled.
    if (socket === null || socket.destroyed) return response;
    letGo(response);
    response.flushHeaders();
    begin(directClient(response, socket));
    return response;
  };
  return new Response(null, { headers });
}

/** What Next, and its compression, put in front of Node's own. */
const ownMethods = ["end", "write", "on", "setHeader"] as const;

/** To Next the answer is over: its ways from the answer back to the request would keep 10 kB until the client leaves. */
function letGo(response: ServerResponse): void {
  for (const name of ownMethods) Reflect.set(response, name, ServerResponse.prototype[name]);
  response.removeAllListeners("close");
}

function directClient(response: ServerResponse, out: Writable): Client {
  return { out, framed: response.chunkedEncoding ? chunkOf : unchanged, end: () => void response.end() };
}

function throughNext(headers: Record<string, string>, begin: (client: Client) => void): Response {
  const out = new PassThrough({ highWaterMark: 1 });
  begin({ out, framed: unchanged, end: () => void out.end() });
  // Nothing is held for the client but what he has asked for.
  const body = Readable.toWeb(out, { strategy: new CountQueuingStrategy({ highWaterMark: 0 }) });
  return new Response(body as ReadableStream<Uint8Array>, { headers });
}

const chunks = new WeakMap<Uint8Array, Uint8Array>();

/** A chunk of HTTP/1.1, made once of what is sent to many. */
function chunkOf(bytes: Uint8Array): Uint8Array {
  const known = chunks.get(bytes);
  if (known !== undefined) return known;
  const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
  chunks.set(bytes, chunk);
  return chunk;
}

function unchanged(bytes: Uint8Array): Uint8Array {
  return bytes;
}
