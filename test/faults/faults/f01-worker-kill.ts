import type { Fault } from "#/test/faults/fault.ts";
import { steadyOrder } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { busyWorker, takeovers } from "#/test/faults/takeover.ts";

/** kill -9 of a worker that holds tasks, in every second repeat without a supervisor that tells of it. */
export const workerKill: Fault = {
  id: "F1",
  title: "worker killed (-9) in the middle of tasks",
  repeats: 40,
  subsetRepeats: 3,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    const reported: number[] = [];
    const byLease: number[] = [];
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 10, order: steadyOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const isReported = repeat % 2 === 0;
      const times = await killOne(stack, isReported);
      (isReported ? reported : byLease).push(...times);
    }
    await load.finish();
    return {
      injected: `${repeats} kills`,
      measured: [
        { what: "begun elsewhere since the supervisor saw the exit", milliseconds: reported, atMostMs: 150 },
        { what: "begun elsewhere since the kill, by lease", milliseconds: byLease, atMostMs: 2_000 },
      ],
      problems: [],
    };
  },
};

/** The victim comes on top of two that stay, so that what is measured is not the start of a process. */
async function killOne(stack: Stack, reported: boolean): Promise<number[]> {
  const victim = await stack.startWorker({ reported, replaced: false });
  await busyWorker(stack, [victim]);
  const killedAt = victim.signal("SIGKILL");
  await victim.exited;
  return takeovers(stack, stack.effects.heldBy(victim.id), reported ? (victim.exitedAt ?? killedAt) : killedAt);
}
