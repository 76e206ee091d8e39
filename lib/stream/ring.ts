import { messageOf } from "#/lib/errors.ts";
import type { Priority } from "#/lib/protocol/action.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { streamKey } from "#/lib/stream/keys.ts";
import type { Command } from "#/lib/stream/line.ts";

/** What an entry says: which task is due. The hash is that of the task's row, so that an entry can be checked, not obeyed. */
export type Ring = {
  readonly taskId: string;
  readonly hash: string;
  readonly agent: AgentName;
  readonly priority: Priority;
};

export const entryVersion = "1";

/**
 * Publishes one entry for each task, all of them in one write. False when Redis did not take all of them, at once while it
 * is known to be away; never throws.
 */
export async function ring(doorbell: Doorbell, rings: readonly Ring[]): Promise<boolean> {
  const commands = rings.map((told): Command => {
    return [
      "xadd",
      streamKey(doorbell.prefix, told.agent, told.priority),
      "*",
      "v",
      entryVersion,
      "task",
      told.taskId,
      "hash",
      told.hash,
    ];
  });
  try {
    await doorbell.line.send(commands);
    return true;
  } catch (error) {
    doorbell.trouble.report(error, "could not ring; the reconciler will");
    return false;
  }
}

const PAGE = 1_000;
const MOST_PAGES = 10;

/**
 * Ids of the tasks for which Redis holds an entry of this agent and priority; null when it does not answer, or when there
 * are more than 10,000 entries.
 */
export async function listRungTasks(
  doorbell: Doorbell,
  agent: AgentName,
  priority: Priority,
): Promise<Set<string> | null> {
  const key = streamKey(doorbell.prefix, agent, priority);
  const found = new Set<string>();
  let from = "-";
  try {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const entries = await doorbell.line.ask((client) => client.xrange(key, from, "+", "COUNT", PAGE));
      for (const [, fields] of entries) found.add(taskOf(fields));
      const last = entries.at(-1);
      if (last === undefined || entries.length < PAGE) return found;
      from = `(${last[0]}`;
    }
  } catch (error) {
    doorbell.log.debug({ key, error: messageOf(error) }, "could not look at the entries");
  }
  return null;
}

function taskOf(fields: readonly string[]): string {
  const at = fields.indexOf("task");
  return at === -1 ? "" : (fields[at + 1] ?? "");
}
