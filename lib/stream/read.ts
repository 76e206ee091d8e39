import type { Redis } from "ioredis";
import { MINUTE, now, SECOND, sleep, within } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { openBlockingClient } from "#/lib/stream/client.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { consumerGroup, priorities, streamKey } from "#/lib/stream/keys.ts";
import { entryVersion } from "#/lib/stream/ring.ts";

/**
 * One reader per kind of agent, on a connection of its own.
 *
 *   XREADGROUP   what waits in the agent's three streams, highest priority first, as much as there is room for; when nothing
 *                does, blocks at most 5 s over all three for what comes first
 *   every 2 s    XAUTOCLAIM takes over what another reader was handed 10 s ago and never acked: that reader is dead,
 *                since an entry is acked as soon as its claim is committed
 *   NOGROUP      Redis came back empty: the groups are made again from entry 0; the reconciler rings what was lost
 *   20 s without a turn of the loop: the connection is dead without saying so, and is replaced
 */
export type Entry = { readonly taskId: string; readonly hash: string; ack(): Promise<void> };

export type ReaderOptions = {
  readonly agent: AgentName;
  readonly consumer: string;
  /** How many more tasks can be taken now; at 0 the reader waits. */
  readonly room: () => number;
  /** Resolves when there is room again. */
  readonly untilRoom: () => Promise<void>;
  /** Takes one entry. Must not throw; an entry that is not acked is handed out again after 10 s. */
  readonly take: (entry: Entry) => Promise<void>;
  readonly signal: AbortSignal;
};

const BLOCK_MS = 5 * SECOND;
const WATCHDOG_MS = 20 * SECOND;
const RESCUE_EVERY_MS = 2 * SECOND;
const RESCUE_IDLE_MS = 10 * SECOND;
const FORGET_CONSUMER_AFTER_MS = 10 * MINUTE;
const MOST_ENTRIES = 100;
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * Reads until the signal aborts, then hands back what is not acked. Never throws: errors are logged, and the loop goes on
 * when Redis is back.
 */
export async function readEntries(doorbell: Doorbell, options: ReaderOptions): Promise<void> {
  const { signal } = options;
  const keys = priorities.map((priority) => streamKey(doorbell.prefix, options.agent, priority));
  let client = openBlockingClient(doorbell.url, doorbell.log);
  let rescueAt = 0;

  while (!signal.aborted) {
    try {
      if (options.room() <= 0) await options.untilRoom();
      if (signal.aborted) break;
      if (now() >= rescueAt) {
        if (!(await rescue(doorbell, keys, options))) continue;
        rescueAt = now() + RESCUE_EVERY_MS;
        if (options.room() <= 0) continue;
      }
      const read = within(WATCHDOG_MS, readOnce(client, keys, options), () => new Error("the reader hangs"));
      const found = await unlessStopped(signal, read);
      for (const [key, id, fields] of found) {
        // A blocking read may bring one entry of each stream.
        if (options.room() <= 0) await options.untilRoom();
        if (signal.aborted) break;
        void options.take(entryOf(doorbell, key, id, fields));
      }
    } catch (error) {
      if (signal.aborted) break;
      if (messageOf(error).includes("NOGROUP")) {
        await createGroups(doorbell, keys);
        continue;
      }
      doorbell.log.warn({ agent: options.agent, error: messageOf(error) }, "could not read; trying again");
      client.disconnect();
      client = openBlockingClient(doorbell.url, doorbell.log);
      await sleep(PAUSE_AFTER_ERROR_MS, signal);
    }
  }
  client.disconnect();
  await handBack(doorbell, keys, options.consumer);
}

/** A client that is just reconnecting does not always give up its blocked call when it is told to. */
async function unlessStopped(signal: AbortSignal, read: Promise<Found[]>): Promise<Found[]> {
  const { promise: stopped, resolve } = Promise.withResolvers<Found[]>();
  const stop = () => resolve([]);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([read, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

type Found = [key: string, id: string, fields: string[] | null];

async function readOnce(client: Redis, keys: string[], options: ReaderOptions): Promise<Found[]> {
  const { consumer } = options;
  const found: Found[] = [];
  const most = Math.min(options.room(), MOST_ENTRIES);
  for (const key of keys) {
    // COUNT counts in each stream of its own, so the streams are asked one after another.
    if (found.length < most) found.push(...(await readStreams(client, [key], consumer, most - found.length)));
  }
  return found.length > 0 ? found : readStreams(client, keys, consumer, 1, BLOCK_MS);
}

async function readStreams(
  client: Redis,
  keys: readonly string[],
  consumer: string,
  count: number,
  blockMs?: number,
): Promise<Found[]> {
  const reader = ["GROUP", consumerGroup, consumer] as const;
  const streams = [...keys, ...keys.map(() => ">")];
  const reply =
    blockMs === undefined
      ? await client.xreadgroup(...reader, "COUNT", count, "STREAMS", ...streams)
      : await client.xreadgroup(...reader, "COUNT", count, "BLOCK", blockMs, "STREAMS", ...streams);
  return (reply ?? []).flatMap(([key, entries]) => entries.map(([id, fields]): Found => [key, id, fields]));
}

/** False when there was not room for all that the dead have left. */
async function rescue(doorbell: Doorbell, keys: string[], options: ReaderOptions): Promise<boolean> {
  for (const key of keys) {
    let cursor = "0-0";
    do {
      const room = Math.min(options.room(), MOST_ENTRIES);
      if (room <= 0) return false;
      const [next, entries] = await doorbell.client.xautoclaim(
        key,
        consumerGroup,
        options.consumer,
        RESCUE_IDLE_MS,
        cursor,
        "COUNT",
        room,
      );
      cursor = String(next);
      for (const [id, fields] of entries as [string, string[] | null][]) {
        void options.take(entryOf(doorbell, key, id, fields));
      }
    } while (cursor !== "0-0" && !options.signal.aborted);
    await forgetDeadConsumers(doorbell, key, options.consumer);
  }
  return true;
}

/** What this reader was given and has not acked goes to the others now, not when it has been idle for 10 s. */
async function handBack(doorbell: Doorbell, keys: readonly string[], consumer: string): Promise<void> {
  try {
    for (const key of keys) {
      const reply = await doorbell.client.xreadgroup("GROUP", consumerGroup, consumer, "STREAMS", key, "0");
      for (const [id, fields] of reply?.[0]?.[1] ?? []) {
        const swap = doorbell.client.multi().xack(key, consumerGroup, id).xdel(key, id);
        if (fields !== null && fields.length > 0) swap.xadd(key, "*", ...fields);
        await swap.exec();
      }
    }
  } catch (error) {
    doorbell.log.debug({ error: messageOf(error) }, "entries not handed back; they will be rescued");
  }
}

/** Only those without a pending entry: deleting a consumer would discard what it was handed. */
async function forgetDeadConsumers(doorbell: Doorbell, key: string, self: string): Promise<void> {
  const consumers = (await doorbell.client.xinfo("CONSUMERS", key, consumerGroup)) as unknown[][];
  for (const flat of consumers) {
    const facts = Object.fromEntries(pairs(flat)) as { name?: string; pending?: number; idle?: number };
    const isDead = facts.pending === 0 && (facts.idle ?? 0) > FORGET_CONSUMER_AFTER_MS;
    if (isDead && facts.name !== undefined && facts.name !== self) {
      await doorbell.client.xgroup("DELCONSUMER", key, consumerGroup, facts.name);
    }
  }
}

async function createGroups(doorbell: Doorbell, keys: string[]): Promise<void> {
  for (const key of keys) {
    try {
      await doorbell.client.xgroup("CREATE", key, consumerGroup, "0", "MKSTREAM");
    } catch (error) {
      if (!messageOf(error).includes("BUSYGROUP")) {
        doorbell.log.warn({ key, error: messageOf(error) }, "could not create the consumer group");
        await sleep(PAUSE_AFTER_ERROR_MS);
      }
    }
  }
}

/** An entry of another version, or without its fields, names no task: whoever takes it finds no row and acks it. */
function entryOf(doorbell: Doorbell, key: string, id: string, fields: string[] | null): Entry {
  const { v, task, hash } = Object.fromEntries(pairs(fields ?? [])) as Record<string, string | undefined>;
  const readable = v === entryVersion;
  return {
    taskId: readable ? (task ?? "") : "",
    hash: readable ? (hash ?? "") : "",
    ack: () => ack(doorbell, key, id),
  };
}

/** Acked entries are deleted at once, so that a stream is as long as what is not yet claimed. */
async function ack(doorbell: Doorbell, key: string, id: string): Promise<void> {
  try {
    await Promise.all([doorbell.client.xack(key, consumerGroup, id), doorbell.client.xdel(key, id)]);
  } catch (error) {
    doorbell.log.warn({ key, id, error: messageOf(error) }, "could not ack; it will be handed out again, and refused");
  }
}

function pairs(flat: readonly unknown[]): [string, unknown][] {
  const found: [string, unknown][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) found.push([String(flat[index]), flat[index + 1]]);
  return found;
}
