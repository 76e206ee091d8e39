import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { incidentHeader } from "#/lib/egress/answer.ts";
import type { Meter } from "#/lib/egress/meter.ts";
import { messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

/** Headers that belong to one connection, not to the message; without `upgrade`, a WebSocket has to use CONNECT. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  incidentHeader,
]);

/** Sends a plain HTTP request over a connection made for it and passes the answer on. Calls `failed` before any answer. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  socket: Socket,
  meter: Meter,
  failed: (reason: string) => void,
): void {
  const upstream = httpRequest({
    createConnection: () => socket,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: [...endToEnd(request.rawHeaders, ["host"]), "Host", url.host, "Connection", "close"],
  });
  upstream.on("error", (error) => {
    if (response.headersSent || response.destroyed) response.destroy();
    else failed(error.message);
  });
  upstream.on("response", (answer) => passOn(answer, response, socket));
  response.on("close", () => upstream.destroy());
  if (response.destroyed) upstream.destroy();
  // Not before the parser listens, too: a listener sets the data flowing.
  upstream.on("socket", (used) => used.on("data", (chunk: Buffer) => meter.bytes(chunk.length)));
  request.on("data", (chunk: Buffer) => meter.bytes(chunk.length));
  request.pipe(upstream);
}

/** An answer that cannot be written as it came is cut: its error must not reach the process. */
function passOn(answer: IncomingMessage, response: ServerResponse, socket: Socket): void {
  try {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    pipeline(answer, response, () => socket.destroy());
  } catch (thrown) {
    log.warn({ reason: messageOf(thrown) }, "an answer could not be passed on");
    response.destroy();
  }
}

function endToEnd(raw: readonly string[], alsoWithout: readonly string[] = []): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !alsoWithout.includes(lower)) kept.push(name, raw[i + 1] ?? "");
  }
  return kept;
}
