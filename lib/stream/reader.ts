import { MINUTE, SECOND, sleep, ticks, within } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import { type Client, openReader } from "#/lib/stream/client.ts";
import type { Desk, Lane } from "#/lib/stream/desk.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { createGroups } from "#/lib/stream/groups.ts";
import { consumerGroup, priorities } from "#/lib/stream/keys.ts";
import {
  countPending,
  type Found,
  forgetConsumers,
  ownHistory,
  RESCUE_IDLE_MS,
  takeOver,
} from "#/lib/stream/pending.ts";

const BLOCK_MS = 5 * SECOND;
/** Where a blocked read cannot be ended from outside, room that has come must not wait long to be seen. */
const SHORT_BLOCK_MS = 0.1 * SECOND;
const UNBLOCK_AGAIN_MS = 2;
const WATCHDOG_MS = 20 * SECOND;
const RESCUE_EVERY_MS = 2 * SECOND;
const FORGET_EVERY_MS = 10 * MINUTE;
const MOST_ENTRIES = 100;
const PAUSE_AFTER_ERROR_MS = 0.5 * SECOND;

type Connection = {
  readonly client: Client;
  /** Its number at the server, by which its blocked read can be ended; null when that is not needed or not allowed. */
  readonly id: number | null;
};

/** One blocking connection that serves some desks; see readEntries. */
export class Reader {
  readonly #doorbell: Doorbell;
  readonly #desks: readonly Desk[];
  readonly #consumer: string;
  readonly #signal: AbortSignal;
  #connection: Connection | null = null;
  /** Called when a desk that had no room has some. */
  #onRoom = () => {};
  #forgetAt = ticks() + MINUTE;

  constructor(doorbell: Doorbell, desks: readonly Desk[], consumer: string, signal: AbortSignal) {
    this.#doorbell = doorbell;
    this.#desks = desks;
    this.#consumer = consumer;
    this.#signal = signal;
  }

  /** Reads until the signal aborts. Never throws. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#turn(this.#connection ?? (await this.#connect()));
      } catch (error) {
        if (!this.#signal.aborted) await this.#recover(error);
      }
    }
    this.#connection?.client.disconnect();
  }

  async #turn(connection: Connection): Promise<void> {
    for (const desk of this.#desks) desk.takeWaiting();
    await this.#rescue();
    const open = this.#desks.filter((desk) => desk.spare > 0);
    const full = this.#desks.filter((desk) => !open.includes(desk));
    // Nobody watches their streams.
    for (const lane of full.flatMap((desk) => desk.lanes)) lane.mayHold = true;
    if (open.length === 0) await this.#untilRoom(full);
    else if (open.some((desk) => desk.lanes.some((lane) => lane.mayHold))) await this.#sweep(connection, open);
    else await this.#block(connection, open, full);
  }

  /**
   * Takes what waits in streams that may hold something, highest priority first: COUNT counts in each stream of its own, so
   * the streams of an agent are asked one after another, those of different agents together.
   */
  async #sweep({ client }: Connection, open: readonly Desk[]): Promise<void> {
    for (const rank of priorities.keys()) {
      const reads = open.flatMap((desk) => {
        const lane = desk.lanes[rank];
        return lane?.mayHold && desk.spare > 0 ? [{ desk, lane, count: Math.min(desk.spare, MOST_ENTRIES) }] : [];
      });
      if (reads.length === 0) continue;
      const replies = await this.#guarded(
        Promise.allSettled(reads.map(({ lane, count }) => read(client, this.#consumer, count, [lane]))),
      );
      for (const [at, reply] of (replies ?? []).entries()) {
        const { desk, lane, count } = reads[at] ?? {};
        if (reply.status === "rejected" || !desk || !lane) continue;
        const found = reply.value.get(lane.key) ?? [];
        lane.mayHold = found.length === count;
        desk.receive(lane, found);
      }
      // What others of them brought is taken first: it is this reader's now.
      const failed = replies?.find((reply) => reply.status === "rejected");
      if (failed) throw failed.reason;
    }
  }

  /**
   * Waits for what comes first in any stream, or for room at a desk that has none. All streams were empty just now: as much
   * of each is taken as all three of a desk may bring, and only one that brought that much may hold more.
   */
  async #block(connection: Connection, open: readonly Desk[], full: readonly Desk[]): Promise<void> {
    const lanes = open.flatMap((desk) => desk.lanes);
    const isShort = full.length > 0 && connection.id === null;
    const untilLook = Math.ceil(Math.min(...lanes.map((lane) => lane.lookAt)) - ticks());
    const blockMs = Math.max(1, Math.min(isShort ? SHORT_BLOCK_MS : BLOCK_MS, untilLook));
    const count = Math.max(
      1,
      Math.min(MOST_ENTRIES, ...open.map((desk) => Math.floor(desk.spare / priorities.length))),
    );
    const blocked = { is: true };
    this.#watch(full, () => void this.#unblock(connection, blocked));
    try {
      const replies = await this.#guarded(read(connection.client, this.#consumer, count, lanes, blockMs));
      for (const desk of open) {
        for (const lane of desk.lanes) {
          const found = replies?.get(lane.key);
          if (found === undefined) continue;
          lane.mayHold = found.length === count;
          desk.receive(lane, found);
        }
      }
    } finally {
      blocked.is = false;
      this.#onRoom = () => {};
    }
  }

  async #untilRoom(full: readonly Desk[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watch(full, resolve);
    await promise;
  }

  #watch(full: readonly Desk[], onRoom: () => void): void {
    this.#onRoom = onRoom;
    for (const desk of full) desk.watch(() => this.#onRoom());
  }

  /** Room may come before the read has reached the server: it is asked again until the read has ended. */
  async #unblock({ id }: Connection, blocked: { is: boolean }): Promise<void> {
    try {
      while (id !== null && blocked.is) {
        if (Number(await this.#doorbell.line.ask((client) => client.client("UNBLOCK", id))) === 1) return;
        await sleep(UNBLOCK_AGAIN_MS);
      }
    } catch (error) {
      this.#doorbell.trouble.report(error, "could not end a blocked read; some tasks begin up to 5 s late");
    }
  }

  /** Nothing can have been pending for 10 s in a stream that had nothing pending 10 s ago. */
  async #rescue(): Promise<void> {
    const due = this.#desks.flatMap((desk) =>
      desk.spare > 0 ? desk.lanes.filter((lane) => lane.lookAt <= ticks()).map((lane) => ({ desk, lane })) : [],
    );
    if (due.length === 0) return;
    const keys = due.map(({ lane }) => lane.key);
    const counts = await countPending(this.#doorbell, keys);
    for (const [at, { desk, lane }] of due.entries()) {
      if (counts[at] === 0) lane.lookAt = ticks() + RESCUE_IDLE_MS;
      else if (await this.#takeOver(desk, lane)) lane.lookAt = ticks() + RESCUE_EVERY_MS;
    }
    if (ticks() < this.#forgetAt) return;
    this.#forgetAt = ticks() + FORGET_EVERY_MS;
    await forgetConsumers(this.#doorbell, this.#keys(), this.#consumer);
  }

  /** False when there was not room for all that the dead have left. */
  async #takeOver(desk: Desk, lane: Lane): Promise<boolean> {
    for (let from: string | null = "0-0"; from !== null && !this.#signal.aborted; ) {
      const count = Math.min(desk.spare, MOST_ENTRIES);
      if (count <= 0) return false;
      const about = { key: lane.key, consumer: this.#consumer, from, count };
      const { found, next } = await takeOver(this.#doorbell, about);
      desk.receive(lane, found);
      from = next;
    }
    return true;
  }

  /** What an earlier connection was handed and lost on the way comes first. */
  async #connect(): Promise<Connection> {
    const client = openReader(this.#doorbell.address, this.#doorbell.trouble);
    try {
      const id = await this.#guarded(this.#numberOf(client));
      for (const desk of this.#desks) {
        desk.forgetWaiting();
        for (const lane of desk.lanes) desk.receive(lane, await this.#history(client, lane));
      }
      this.#connection = { client, id };
      return this.#connection;
    } catch (error) {
      client.disconnect();
      throw error;
    }
  }

  async #numberOf(client: Client): Promise<number | null> {
    if (this.#desks.length === 1) return null;
    try {
      return Number(await client.client("ID"));
    } catch (error) {
      if (!messageOf(error).startsWith("NOPERM")) throw error;
      return null;
    }
  }

  async #history(client: Client, { key }: Lane): Promise<Found[]> {
    const found: Found[] = [];
    for (;;) {
      const after = found.at(-1)?.[0] ?? "0";
      const page = await this.#guarded(ownHistory(client, key, this.#consumer, after));
      if (page === null || page.length === 0) return found;
      found.push(...page);
    }
  }

  async #recover(error: unknown): Promise<void> {
    if (messageOf(error).includes("NOGROUP")) {
      for (const desk of this.#desks) desk.forgetWaiting();
      return createGroups(this.#doorbell, this.#keys());
    }
    this.#doorbell.trouble.report(error, "could not read entries; trying again");
    this.#connection?.client.disconnect();
    this.#connection = null;
    await sleep(PAUSE_AFTER_ERROR_MS, this.#signal);
  }

  #keys(): string[] {
    return this.#desks.flatMap((desk) => desk.lanes.map(({ key }) => key));
  }

  /** Null when the reader was told to stop: a client that is just connecting does not always give up what is under way. */
  async #guarded<T>(work: Promise<T>): Promise<T | null> {
    const { promise: stopped, resolve } = Promise.withResolvers<null>();
    const stop = () => resolve(null);
    this.#signal.addEventListener("abort", stop, { once: true });
    try {
      const read = within(WATCHDOG_MS, work, () => new Error("the reader hangs"));
      return await Promise.race([read, stopped]);
    } finally {
      this.#signal.removeEventListener("abort", stop);
    }
  }
}

async function read(
  client: Client,
  consumer: string,
  count: number,
  lanes: readonly Lane[],
  blockMs?: number,
): Promise<Map<string, Found[]>> {
  const reader = ["GROUP", consumerGroup, consumer, "COUNT", count] as const;
  const streams = [...lanes.map(({ key }) => key), ...lanes.map(() => ">")];
  const reply =
    blockMs === undefined
      ? await client.xreadgroup(...reader, "STREAMS", ...streams)
      : await client.xreadgroup(...reader, "BLOCK", blockMs, "STREAMS", ...streams);
  return new Map(reply ?? []);
}
