import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { untilWorkFlows } from "#/test/faults/takeover.ts";

const ends = [isKilled, losesItsBackends, isRestarted] as const;

/** Postgres dies by SIGKILL, is restarted, or ends all its connections. */
export const postgresKill: Fault = {
  id: "F11",
  title: "Postgres killed (-9), restarted, all connections ended",
  repeats: 9,
  subsetRepeats: 1,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    const first: number[] = [];
    stack.allow.lostClaims = true;
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 24, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await pause(stack.random.between(500, 1_500));
      await ends[repeat % ends.length]?.(stack);
      first.push(await untilWorkFlows(stack, Date.now()));
    }
    await load.finish();
    const refused = stack.ledger.filter((asked) => asked.refused.length > 0).length;
    return {
      injected: `${repeats} times: killed and started, connections ended, restarted`,
      measured: [{ what: "first task done after its return", milliseconds: first, atMostMs: 15_000 }],
      problems: [],
      notes: [`${refused} runs refused at first and asked for again, driver broke ${stack.client.renewals} times`],
    };
  },
};

async function isKilled({ servers: { postgres }, random }: Stack): Promise<void> {
  await postgres.kill();
  await pause(random.between(0, 2_000));
  await postgres.start();
}

async function losesItsBackends(stack: Stack): Promise<void> {
  await look(
    stack,
    (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
}

async function isRestarted({ servers: { postgres } }: Stack): Promise<void> {
  await postgres.stop();
  await postgres.start();
}
