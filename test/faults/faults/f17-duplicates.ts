import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { agentTypes } from "#/lib/protocol/agent.ts";
import { streamKey } from "#/lib/stream/keys.ts";
import { entryVersion } from "#/lib/stream/ring.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import { withRedis } from "#/test/faults/servers.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { twiceExecuted } from "#/test/faults/twice-executed.ts";

type Known = {
  id: string;
  hash: string;
  agent: (typeof agentTypes)[number] | "main";
  priority: "high" | "normal" | "low";
};

const TIMES = 10;

/** Entries are published again, at every stage of their tasks' lives, and others that nobody ever published. */
export const duplicates: Fault = {
  id: "F17",
  title: "entries delivered ten times, replayed, forged",
  repeats: 30,
  subsetRepeats: 4,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    let replayed = 0;
    let forged = 0;
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 16, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await pause(stack.random.between(50, 400));
      replayed += await replay(stack);
      forged += await forge(stack);
    }
    await load.finish();
    return {
      injected: `${replayed} entries replayed, ${forged} forged`,
      measured: [],
      // Nobody was killed: whatever was executed twice was executed for a duplicate.
      problems: twiceExecuted(stack),
    };
  },
};

async function replay(stack: Stack): Promise<number> {
  const known = await someTasks(stack);
  const entries = known.flatMap((task) => Array.from({ length: TIMES }, () => task));
  await publish(
    stack,
    entries.map((task) => [task, ["v", entryVersion, "task", task.id, "hash", task.hash]]),
  );
  return entries.length;
}

async function forge(stack: Stack): Promise<number> {
  const [task] = await someTasks(stack);
  if (task === undefined) return 0;
  const other = { ...task, agent: stack.random.pick(agentTypes.filter((type) => type !== task.agent).slice(0, 2)) };
  const forged: [Known, string[]][] = [
    [task, ["v", entryVersion, "task", task.id, "hash", `${task.hash.slice(0, -1)}_`]],
    [task, ["v", entryVersion, "task", task.id]],
    [task, ["v", "999", "task", task.id, "hash", task.hash]],
    [task, ["v", entryVersion, "task", randomUUID(), "hash", task.hash]],
    [task, ["v", entryVersion, "task", "x".repeat(100_000), "hash", "'; drop table tasks; --"]],
    [task, ["nothing", "known"]],
    [other, ["v", entryVersion, "task", task.id, "hash", task.hash]],
  ];
  await publish(stack, forged);
  return forged.length;
}

async function publish(stack: Stack, entries: readonly (readonly [Known, string[]])[]): Promise<void> {
  await withRedis(stack.servers.redis.url, (client) =>
    Promise.all(
      entries.map(([{ agent, priority }, fields]) =>
        client.xadd(streamKey(stack.prefix, agent, priority), "*", ...fields),
      ),
    ),
  );
}

/** Some of the newest, pending ones among them, and some of all. */
async function someTasks(stack: Stack): Promise<Known[]> {
  const rows = await look(
    stack,
    (sql) => sql<Known[]>`(select id, hash, agent, priority from tasks order by created_at desc limit 12)
      union (select id, hash, agent, priority from tasks order by id limit 6)`,
  );
  return [...rows];
}
