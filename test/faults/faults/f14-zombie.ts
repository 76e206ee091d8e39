import { setTimeout as pause } from "node:timers/promises";
import { LEASE_MS } from "#/lib/run/lease.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { type Shape, steadyOrder } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { busyWorker, takeovers } from "#/test/faults/takeover.ts";
import type { WorkerProcess } from "#/test/faults/worker-process.ts";
import { until } from "#/test/support/until.ts";

/** A worker is stopped for longer than its lease, and comes back to life with its tasks in its hands. */
export const zombie: Fault = {
  id: "F14",
  title: "worker stopped (SIGSTOP) past its lease, then continued",
  repeats: 20,
  subsetRepeats: 2,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    const begun: number[] = [];
    const stopped: number[] = [];
    let late = 0;
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 10, order: stubbornOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const found = await oneZombie(stack);
      begun.push(...found.begun);
      stopped.push(...found.stopped);
      late += found.late;
    }
    await load.finish();
    return {
      injected: `${repeats} workers stopped for 1.2 to 3 times their lease of ${LEASE_MS} ms`,
      measured: [
        { what: "begun elsewhere after the stop", milliseconds: begun, atMostMs: 2_000 },
        { what: "zombie knows after waking", milliseconds: stopped, atMostMs: 5_000 },
      ],
      problems: [],
      notes: [`${late} results brought too late`],
    };
  },
};

/** Some agents finish whatever their signal says, and bring what nobody wants any more. */
function stubbornOrder(random: Random): Shape {
  const order = steadyOrder(random);
  const tasks = order.tasks.map((task) => (random.chance(0.3) ? { ...task, does: "stubborn" as const } : task));
  return { ...order, tasks };
}

async function oneZombie(stack: Stack): Promise<{ begun: number[]; stopped: number[]; late: number }> {
  const victim = await stack.startWorker({ replaced: false });
  await busyWorker(stack, [victim]);
  const stoppedAt = victim.signal("SIGSTOP");
  const held = stack.effects.heldBy(victim.id);
  const [begun] = await Promise.all([
    takeovers(stack, held, stoppedAt),
    pause(LEASE_MS * (1.2 + stack.random.next() * 1.8)),
  ]);
  const wokenAt = victim.signal("SIGCONT");
  const stopped = await Promise.all(held.map((execution) => knows(victim, execution, wokenAt)));
  const late = held.filter(({ endedAt }) => endedAt !== undefined && endedAt >= wokenAt).length;
  victim.signal("SIGKILL");
  await victim.exited;
  return { begun, stopped, late };
}

/** It was told to stop by its signal, or its process has ended itself. */
async function knows(
  victim: WorkerProcess,
  execution: { readonly abortedAt?: number; readonly endedAt?: number },
  wokenAt: number,
): Promise<number> {
  const at = await until(() => execution.abortedAt ?? execution.endedAt ?? victim.exitedAt, {
    what: `${victim.id} to know that it lost its tasks`,
    timeoutMs: 30_000,
  });
  return Math.max(0, at - wokenAt);
}
