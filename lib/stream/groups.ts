import { SECOND, sleep } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { consumerGroup } from "#/lib/stream/keys.ts";

const PAUSE_AFTER_ERROR_MS = 0.5 * SECOND;

/** Redis is new, or came back empty: the streams get their group, from entry 0 on, so that nothing that waits is skipped. */
export async function createGroups(doorbell: Doorbell, keys: readonly string[]): Promise<void> {
  const created = await Promise.allSettled(
    keys.map((key) => doorbell.line.send([["xgroup", "CREATE", key, consumerGroup, "0", "MKSTREAM"]])),
  );
  const faults = created.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  const fault = faults.find((reason) => !messageOf(reason).includes("BUSYGROUP"));
  if (fault === undefined) return;
  doorbell.trouble.report(fault, "could not create a consumer group; trying again");
  await sleep(PAUSE_AFTER_ERROR_MS);
}
