import { messageOf } from "#/lib/errors.ts";
import type { Priority } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { streamKey } from "#/lib/stream/keys.ts";

/** What an entry says: which task is due. The hash is that of the task's row, so that an entry can be checked, not obeyed. */
export type Ring = {
  readonly taskId: string;
  readonly hash: string;
  readonly agent: AgentName;
  readonly priority: Priority;
};

export const entryVersion = "1";

/** Publishes one entry for each task. False when Redis did not take all of them; never throws. */
export async function ring(doorbell: Doorbell, rings: readonly Ring[]): Promise<boolean> {
  if (rings.length === 0) return true;
  try {
    await Promise.all(
      rings.map(({ taskId, hash, agent, priority }) =>
        doorbell.client.xadd(
          streamKey(doorbell.prefix, agent, priority),
          "*",
          "v",
          entryVersion,
          "task",
          taskId,
          "hash",
          hash,
        ),
      ),
    );
    return true;
  } catch (error) {
    doorbell.log.warn({ error: messageOf(error), tasks: rings.length }, "could not ring; the reconciler will");
    return false;
  }
}

/** Entries that Redis holds for an agent and priority; null when it does not answer. */
export async function countEntries(doorbell: Doorbell, agent: AgentName, priority: Priority): Promise<number | null> {
  try {
    return await doorbell.client.xlen(streamKey(doorbell.prefix, agent, priority));
  } catch {
    return null;
  }
}
