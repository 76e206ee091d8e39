import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LEASE_MS } from "#/lib/run/lease.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import { silenceWhile } from "#/test/faults/silence.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { twiceExecuted } from "#/test/faults/twice-executed.ts";
import type { WorkerProcess } from "#/test/faults/worker-process.ts";

const HOUR_MS = 3_600_000;
const shifts = [HOUR_MS, -HOUR_MS, 30_000, -30_000];
const clockShift = fileURLToPath(new URL("../clock-shift.ts", import.meta.url));

/** Workers whose clocks are wrong from the start, or jump while they work, beside one whose clock is right. */
export const clock: Fault = {
  id: "F15",
  title: "clocks that are an hour or half a minute off, or jump",
  repeats: 4,
  leastTasks: (repeats) => repeats * 20,
  async run(stack, repeats) {
    const tasks: number[] = [];
    await stack.startWorker();
    const load = stack.load({ atOnce: 8, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const wrong: WorkerProcess[] = [];
      // One after another: a machine that starts four at once may be too busy for the leases of all.
      for (const ms of shifts) wrong.push(await startWrong(stack, ms, repeat % 2 === 0 ? 2_500 : 0));
      tasks.push((await silenceWhile(stack, pause(2 * LEASE_MS + 2_000))).tasks);
      await Promise.all(wrong.map(end));
    }
    await load.finish();
    return {
      injected: `${repeats} times four workers that are ${shifts.map((ms) => `${ms / 1_000} s`).join(", ")} off`,
      measured: [{ what: "longest time without a task done", milliseconds: tasks, atMostMs: 5_000 }],
      // Nobody was killed: whatever was executed twice was taken from its living holder.
      problems: [...twiceExecuted(stack), ...(await stolen(stack)), ...died(stack)],
    };
  },
};

function startWrong(stack: Stack, ms: number, afterMs: number): Promise<WorkerProcess> {
  const settings = { FAULT_CLOCK_MS: String(ms), FAULT_CLOCK_AFTER_MS: String(afterMs) };
  return stack.startWorker({ replaced: false, nodeArgs: ["--import", clockShift], settings });
}

async function end(worker: WorkerProcess): Promise<void> {
  worker.signal("SIGTERM");
  await worker.exited;
}

async function stolen(stack: Stack): Promise<string[]> {
  const retried = await look(
    stack,
    (sql) => sql`select run_id, seq, data from events where type = 'task.retried' limit 5`,
  );
  return retried.map((row) => `a task was taken from its holder: ${JSON.stringify(row)}`);
}

function died({ notes }: Stack): string[] {
  return notes.filter((note) => / ended: /.test(note) && !/exit code 0/.test(note));
}
