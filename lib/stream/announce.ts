import { messageOf } from "#/lib/errors.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { cancelChannel, growthChannel } from "#/lib/stream/keys.ts";

/**
 * Tells whoever follows these runs to which numbers their logs have grown: one message of lines `<run id> <seq>`. A hint:
 * never throws, never waits, may be lost.
 */
export function announceGrowth(doorbell: Doorbell, grown: ReadonlyMap<string, number>): void {
  if (grown.size === 0) return;
  const lines = [...grown].map(([runId, seq]) => `${runId} ${seq}`);
  publish(doorbell, growthChannel(doorbell.prefix), lines.join("\n"));
}

/** Tells workers that a run was cancelled. A hint: never throws, may be lost. */
export function announceCancel(doorbell: Doorbell, runId: string): void {
  publish(doorbell, cancelChannel(doorbell.prefix), runId);
}

function publish(doorbell: Doorbell, channel: string, message: string): void {
  doorbell.line.send([["publish", channel, message]]).catch((error) => {
    doorbell.log.debug({ error: messageOf(error), channel }, "hint lost");
  });
}
