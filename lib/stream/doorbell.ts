import { SECOND, within } from "#/lib/clock.ts";
import type { Log } from "#/lib/log.ts";
import { parseRedisUrl, type RedisAddress } from "#/lib/stream/address.ts";
import { type Client, openClient } from "#/lib/stream/client.ts";
import { Line } from "#/lib/stream/line.ts";
import { inWords, Trouble } from "#/lib/stream/trouble.ts";

/**
 * The way to Redis: a doorbell, never a record. Nothing of what lib/stream does may fail a caller whose change is already
 * committed: a bell that could not be rung is rung again by the reconciler.
 */
export type Doorbell = {
  readonly client: Client;
  readonly line: Line;
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly log: Log;
  readonly trouble: Trouble;
  close(): Promise<void>;
};

const ANSWER_WITHIN_MS = 2 * SECOND;

/** Connects nothing yet. Throws `redis-url` when the address cannot be used. */
export function openDoorbell(options: { url: string; prefix: string; log: Log }): Doorbell {
  const { url, prefix, log } = options;
  const address = parseRedisUrl(url);
  const trouble = new Trouble(log);
  const client = openClient(address, trouble);
  return {
    client,
    line: new Line(client, address.kind === "cluster", trouble),
    address,
    prefix,
    log,
    trouble,
    close: async () => client.disconnect(),
  };
}

/** Resolves when Redis answers; rejects within 2 s with the reason of the connection, not of the client's retries. */
export async function pingRedis(doorbell: Doorbell): Promise<void> {
  let reason: unknown;
  const note = (error: Error) => {
    reason = error;
  };
  doorbell.client.on("error", note);
  try {
    const late = () => new Error(`no answer within ${ANSWER_WITHIN_MS / SECOND} s`);
    await within(ANSWER_WITHIN_MS, doorbell.client.ping(), late);
  } catch (error) {
    throw new Error(inWords(reason ?? error), { cause: reason ?? error });
  } finally {
    doorbell.client.off("error", note);
  }
}
