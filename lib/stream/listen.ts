import { messageOf } from "#/lib/errors.ts";
import { openBlockingClient } from "#/lib/stream/client.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";

/**
 * Calls `hear` for each message of the channel until the returned function is called. Messages sent while the connection
 * is down are lost, so what is heard is a hint only.
 */
export function listen(doorbell: Doorbell, channel: string, hear: (message: string) => void): () => void {
  const client = openBlockingClient(doorbell.url, doorbell.log);
  client.on("message", (_channel: string, message: string) => hear(message));
  client.subscribe(channel).catch((error) => {
    doorbell.log.debug({ error: messageOf(error), channel }, "not subscribed");
  });
  return () => client.disconnect();
}
