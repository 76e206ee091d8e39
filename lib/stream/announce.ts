import { messageOf } from "#/lib/errors.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { cancelChannel, growthChannel } from "#/lib/stream/keys.ts";

/** Tells whoever follows the run that its log has grown. A hint: never throws, may be lost. */
export function announceGrowth(doorbell: Doorbell, runId: string, seq: number): void {
  publish(doorbell, growthChannel(doorbell.prefix), `${runId} ${seq}`);
}

/** Tells workers that a run was cancelled. A hint: never throws, may be lost. */
export function announceCancel(doorbell: Doorbell, runId: string): void {
  publish(doorbell, cancelChannel(doorbell.prefix), runId);
}

function publish(doorbell: Doorbell, channel: string, message: string): void {
  doorbell.client.publish(channel, message).catch((error) => {
    doorbell.log.debug({ error: messageOf(error), channel }, "hint lost");
  });
}
