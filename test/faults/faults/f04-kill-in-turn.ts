import { atMessage, crashAt } from "#/test/faults/crash-points.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { longAnswer, mixedOrder } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { takeovers } from "#/test/faults/takeover.ts";

/** The main agent's worker dies at any message to or from the database: in a block, between two, in the answer. */
export const killInTurn: Fault = {
  id: "F4",
  title: "worker killed in the middle of turns, at any message to the database",
  repeats: 24,
  subsetRepeats: 3,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    const times: number[] = [];
    await stack.startWorker();
    const loads = [
      stack.load({ atOnce: 8, order: mixedOrder }),
      stack.load({ atOnce: 4, order: (random) => longAnswer(random.between(500, 3_000)) }),
    ];
    for (let repeat = 0; repeat < repeats; repeat += 1) times.push(...(await killAtAnyMessage(stack)));
    await Promise.all(loads.map((load) => load.finish()));
    return {
      injected: `${repeats} kills`,
      measured: [{ what: "taken over", milliseconds: times, atMostMs: 15_000 }],
      problems: [],
    };
  },
};

async function killAtAnyMessage(stack: Stack): Promise<number[]> {
  const postgres = await stack.servers.postgres.relay();
  const victim = await stack.startWorker({ postgres, replaced: false });
  const killedAt = await crashAt(victim, postgres, atMessage(stack.random.between(1, 400)));
  await victim.exited;
  const times = await takeovers(stack, stack.effects.heldBy(victim.id), killedAt);
  await postgres.close();
  return times;
}
