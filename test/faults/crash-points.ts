import type { Relay, Tap } from "#/test/faults/relay.ts";
import type { WorkerProcess } from "#/test/faults/worker-process.ts";

/**
 * Kills between two messages on the wire. Whatever a process does for the record or the doorbell is a message that it sent or
 * received, so these are all the places at which a kill can make a difference, without a line of test code in the product.
 */
type Point = (...at: Parameters<Tap>) => boolean;

/** SIGKILL when `point` says true for a chunk; that chunk is dropped. Resolves with the Unix time of the kill. */
export function crashAt(worker: WorkerProcess, relay: Relay, point: Point): Promise<number> {
  return new Promise((resolve) => {
    relay.tap((chunk, direction, connection) => {
      if (worker.exitedAt !== undefined || !point(chunk, direction, connection)) return undefined;
      relay.tap(() => false);
      resolve(worker.signal("SIGKILL"));
      return false;
    });
  });
}

/** The first message that holds these words is not sent. */
export function beforeSending(words: RegExp): Point {
  return (chunk, direction) => direction === "up" && words.test(chunk.toString("latin1"));
}

/** The database has committed what these words belong to, and nobody heard of it. `seen` is told what was sent. */
export function afterCommitOf(words: RegExp, seen: (text: string) => void): Point {
  const sending = new Map<number, string>();
  return (chunk, direction, connection) => {
    const text = chunk.toString("latin1");
    if (direction === "up") {
      sending.set(connection, (sending.get(connection) ?? "") + text);
      return false;
    }
    if (!isIdle(chunk)) return false;
    const sent = sending.get(connection) ?? "";
    sending.delete(connection);
    if (!words.test(sent)) return false;
    seen(sent);
    return true;
  };
}

/** Redis has handed out an entry, and nobody got it. `seen` is told the reply. */
export function onDelivery(seen: (text: string) => void): Point {
  const readers = new Set<number>();
  return (chunk, direction, connection) => {
    const text = chunk.toString("latin1");
    if (direction === "up" && /xreadgroup/i.test(text)) readers.add(connection);
    if (direction === "up" || !readers.has(connection) || !text.includes("\r\nhash\r\n")) return false;
    seen(text);
    return true;
  };
}

/** Any message at all, in either direction: the one with this number, counted from now. */
export function atMessage(number: number): Point {
  let count = 0;
  return () => {
    count += 1;
    return count >= number;
  };
}

/** ReadyForQuery with transaction status idle: what came before is durable. */
function isIdle(chunk: Buffer): boolean {
  return chunk.includes(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]));
}
