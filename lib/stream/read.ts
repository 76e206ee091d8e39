import { Acks } from "#/lib/stream/acks.ts";
import { Desk, type Kind, type Refused } from "#/lib/stream/desk.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { streamKeys } from "#/lib/stream/keys.ts";
import { giveBack } from "#/lib/stream/pending.ts";
import { Reader } from "#/lib/stream/reader.ts";

/**
 * What a worker reads, on one connection:
 *
 *   XREADGROUP   blocks at most 5 s over the streams of all kinds that have room, for what comes first; then takes what waits
 *                in the streams that gave something, highest priority first, as much as there is room for, 100 at a time
 *   room         that comes while the read is blocked ends it (CLIENT UNBLOCK), so that no kind waits for another
 *   every 2 s    XAUTOCLAIM takes over what another reader was handed 10 s ago and never acked, where anything is pending:
 *                that reader is dead, since an entry is acked as soon as its claim is committed
 *   NOGROUP      Redis came back empty: the groups are made again from entry 0; the reconciler rings what was lost
 *   a new        connection first takes what the lost one was handed and did not deliver
 *   20 s without a turn of the loop: the connection is dead without saying so, and is replaced
 *
 * On Redis Cluster the streams of different agents may lie on different nodes, so each kind has a reader of its own.
 * Entries that are not ours, or not in our form, are deleted and reported to `refused`, never taken.
 */
export type ReaderOptions = {
  /** The worker's id: `rescueFrom` is told it when the worker is gone. */
  readonly consumer: string;
  readonly kinds: readonly Kind[];
  readonly refused: Refused;
  readonly signal: AbortSignal;
};

/**
 * Reads until the signal aborts, then hands back what is not acked and takes the consumer out of the groups. Never throws:
 * trouble is logged, and reading goes on when Redis is back.
 */
export async function readEntries(doorbell: Doorbell, options: ReaderOptions): Promise<void> {
  const { consumer, kinds, refused, signal } = options;
  const acks = new Acks(doorbell);
  const desks = kinds.map((kind) => new Desk(kind, doorbell.prefix, acks, refused));
  const parts = doorbell.address.kind === "cluster" ? desks.map((desk) => [desk]) : [desks];
  await Promise.all(parts.map((part) => new Reader(doorbell, part, consumer, signal).run()));
  await handBack(doorbell, options);
}

/** What this reader was given and has not acked goes to the others now, not when it has been pending for 10 s. */
async function handBack(doorbell: Doorbell, { consumer, kinds }: ReaderOptions): Promise<void> {
  const keys = kinds.flatMap(({ agent }) => streamKeys(doorbell.prefix, agent));
  const outcomes = await Promise.allSettled(keys.map((key) => giveBack(doorbell, key, consumer)));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) doorbell.trouble.report(failed.reason, "entries not handed back; they will be taken over");
}
