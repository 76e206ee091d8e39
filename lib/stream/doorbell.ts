import type { Redis } from "ioredis";
import type { Log } from "#/lib/log.ts";
import { openClient } from "#/lib/stream/client.ts";

/**
 * The way to Redis: a doorbell, never a record. Nothing of what lib/stream does may fail a caller whose change is already
 * committed: a bell that could not be rung is rung again by the reconciler.
 */
export type Doorbell = {
  readonly client: Redis;
  readonly url: string;
  readonly prefix: string;
  readonly log: Log;
  close(): Promise<void>;
};

export function openDoorbell(options: { url: string; prefix: string; log: Log }): Doorbell {
  const client = openClient(options.url, options.log);
  return {
    ...options,
    client,
    close: async () => client.disconnect(),
  };
}

/** Resolves when Redis answers; rejects with the reason of the connection, not of the client's retries. */
export async function pingRedis(doorbell: Doorbell): Promise<void> {
  let reason: Error | undefined;
  const note = (error: Error) => {
    reason = error;
  };
  doorbell.client.on("error", note);
  try {
    await doorbell.client.ping();
  } catch (error) {
    throw reason ?? error;
  } finally {
    doorbell.client.off("error", note);
  }
}
