import { MINUTE, SECOND } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import { agentNames } from "#/lib/protocol/agent.ts";
import type { Client } from "#/lib/stream/client.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { consumerGroup, streamKeys } from "#/lib/stream/keys.ts";

/**
 * Entries that somebody was handed and has not acked. An entry is acked as soon as its claim is committed, so one that stays
 * pending belongs to a reader that died, lost its answer, or could not claim.
 */
export type Found = readonly [id: string, fields: readonly string[] | null];

/** Who was handed something this long ago and has not acked it is taken for dead, whatever the registry says. */
export const RESCUE_IDLE_MS = 10 * SECOND;

const FORGET_CONSUMER_AFTER_MS = 10 * MINUTE;
const PAGE = 100;

/** How many entries of each stream are pending; 0 for a stream that is not there. */
export async function countPending(doorbell: Doorbell, keys: readonly string[]): Promise<number[]> {
  const replies = await askAll(doorbell, keys, "xpending", []);
  return replies.map((reply) => Number(reply[0] ?? 0));
}

/** Takes over what has been pending for 10 s. `next` is where to go on, null at the end. */
export async function takeOver(
  doorbell: Doorbell,
  { key, consumer, from, count }: { key: string; consumer: string; from: string; count: number },
): Promise<{ found: Found[]; next: string | null }> {
  const [next, entries] = await doorbell.line.ask((client) =>
    client.xautoclaim(key, consumerGroup, consumer, RESCUE_IDLE_MS, from, "COUNT", count),
  );
  return { found: entries as Found[], next: String(next) === "0-0" ? null : String(next) };
}

/**
 * Gives the entries of these consumers, which are gone for good, to whoever reads next, and forgets them. Called when a
 * worker was released; one whose consumer is alive after all loses nothing but a refused claim. Never throws.
 */
export async function rescueFrom(doorbell: Doorbell, consumers: readonly string[]): Promise<void> {
  await onStreams(doorbell, async (key) => {
    for (const consumer of consumers) await giveBack(doorbell, key, consumer);
  });
}

/** The consumers that were handed an entry and have not acked it: the living for moments, the dead until rescued. */
export async function listHolders(doorbell: Doorbell): Promise<string[]> {
  const names = new Set<string>();
  await onStreams(doorbell, async (key) => {
    const [, , , holders] = await doorbell.line.ask((client) => client.xpending(key, consumerGroup));
    for (const [name] of (holders ?? []) as [string][]) names.add(name);
  });
  return [...names];
}

/** Puts what the consumer holds back at the end of the stream, then forgets the consumer. */
export async function giveBack(doorbell: Doorbell, key: string, consumer: string): Promise<void> {
  for (;;) {
    const found = await doorbell.line.ask((client) => ownHistory(client, key, consumer, "0"));
    for (const [id, fields] of found) await doorbell.line.ask((client) => replace(client, key, id, fields));
    if (found.length < PAGE) break;
  }
  await doorbell.line.ask((client) => client.xgroup("DELCONSUMER", key, consumerGroup, consumer));
}

/** What the consumer was handed behind `after` and has not acked, at most 100. */
export async function ownHistory(client: Client, key: string, consumer: string, after: string): Promise<Found[]> {
  const reply = await client.xreadgroup("GROUP", consumerGroup, consumer, "COUNT", PAGE, "STREAMS", key, after);
  return reply?.[0]?.[1] ?? [];
}

/** Forgets consumers that hold nothing and were last seen ten minutes ago; deleting one discards what it holds. */
export async function forgetConsumers(doorbell: Doorbell, keys: readonly string[], self: string): Promise<void> {
  const replies = await askAll(doorbell, keys, "xinfo", ["CONSUMERS"]);
  for (const [at, key] of keys.entries()) {
    for (const flat of replies[at] ?? []) {
      const { name, pending, idle } = factsOf(flat);
      const isGone = Number(pending) === 0 && Number(idle) > FORGET_CONSUMER_AFTER_MS && name !== self;
      if (isGone) await doorbell.line.ask((client) => client.xgroup("DELCONSUMER", key, consumerGroup, String(name)));
    }
  }
}

async function replace(client: Client, key: string, id: string, fields: readonly string[] | null): Promise<void> {
  const swap = client.multi().xack(key, consumerGroup, id).xdel(key, id);
  if (fields !== null && fields.length > 0) swap.xadd(key, "*", ...fields);
  await swap.exec();
}

/** One question about each stream, in one write; a stream that cannot answer (it has no group yet) gives nothing. */
async function askAll(
  doorbell: Doorbell,
  keys: readonly string[],
  name: "xpending" | "xinfo",
  before: readonly string[],
): Promise<unknown[][]> {
  const questions = keys.map((key) => [name, ...before, key, consumerGroup]);
  const replies = await doorbell.line.ask((client) => client.pipeline(questions).exec());
  return (replies ?? []).map(([error, reply]) => (error === null && Array.isArray(reply) ? reply : []));
}

async function onStreams(doorbell: Doorbell, work: (key: string) => Promise<void>): Promise<void> {
  const keys = agentNames.flatMap((agent) => streamKeys(doorbell.prefix, agent));
  const outcomes = await Promise.allSettled(keys.map(work));
  const faults = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [messageOf(outcome.reason)] : []));
  const fault = faults.find((message) => !message.includes("NOGROUP") && !message.includes("no such key"));
  if (fault !== undefined)
    doorbell.trouble.report(new Error(fault), "could not take over the entries of a dead worker; in 10 s others will");
}

function factsOf(flat: unknown): Record<string, unknown> {
  const facts: Record<string, unknown> = {};
  if (!Array.isArray(flat)) return facts;
  for (let at = 0; at + 1 < flat.length; at += 2) facts[String(flat[at])] = flat[at + 1];
  return facts;
}
