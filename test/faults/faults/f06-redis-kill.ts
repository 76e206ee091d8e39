import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import { untilDueIsClaimed, untilWorkFlows } from "#/test/faults/takeover.ts";

/** Redis dies by SIGKILL and comes back with its append-only file. */
export const redisKill: Fault = {
  id: "F6",
  title: "Redis killed (-9) and started again on its data",
  repeats: 10,
  subsetRepeats: 1,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    const first: number[] = [];
    const backlog: number[] = [];
    const { redis } = stack.servers;
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 24, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await pause(stack.random.between(200, 1_500));
      await redis.kill();
      await pause(stack.random.between(0, 2_000));
      await redis.start();
      const curedAt = Date.now();
      const [flows, claimed] = await Promise.all([untilWorkFlows(stack, curedAt), untilDueIsClaimed(stack, curedAt)]);
      first.push(flows);
      backlog.push(claimed);
    }
    await load.finish();
    return {
      injected: `${repeats} kills, away for up to 2 s`,
      measured: [
        { what: "first task done after its return", milliseconds: first, atMostMs: 5_000 },
        { what: "all that was due then claimed", milliseconds: backlog, atMostMs: 5_000 },
      ],
      problems: [],
    };
  },
};
