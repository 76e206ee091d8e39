import { every, SECOND } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import { openSubscriber } from "#/lib/stream/client.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";

/** A subscription is silent by nature: only asking tells that its connection is dead. */
const ASK_EVERY_MS = 5 * SECOND;

/**
 * Calls `hear` for each message of the channel until the returned function is called. Messages sent while the connection
 * is down are lost, so what is heard is a hint only.
 */
export function listen(doorbell: Doorbell, channel: string, hear: (message: string) => void): () => void {
  const client = openSubscriber(doorbell.address, doorbell.trouble);
  const note = (error: unknown) => doorbell.log.debug({ error: messageOf(error), channel }, "subscription lost");
  client.on("message", (_channel: string, message: string) => hear(message));
  client.subscribe(channel).catch(note);
  const stopAsking = every(ASK_EVERY_MS, () => void client.ping().catch(note));
  return () => {
    stopAsking();
    client.disconnect();
  };
}
