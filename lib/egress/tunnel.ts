import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Meter } from "#/lib/egress/meter.ts";

/** Joins the two ends of a CONNECT request; when either closes, so does the other. `head` came with the request. */
export function tunnel(client: Duplex, upstream: Socket, head: Buffer, meter: Meter): void {
  const count = (chunk: Buffer) => meter.bytes(chunk.length);
  client.on("data", count);
  upstream.on("data", count);
  client.on("close", () => upstream.destroy());
  upstream.on("close", () => client.destroy());
  client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
  if (head.length > 0) upstream.write(head);
  client.pipe(upstream).pipe(client);
}
