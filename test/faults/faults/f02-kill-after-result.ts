import { afterCommitOf, beforeSending, crashAt } from "#/test/faults/crash-points.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { type Bringer, readResultText } from "#/test/faults/order.ts";
import { shortOrder } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { until } from "#/test/support/until.ts";

/** A result is on its way into the database: the worker dies when it is committed, or just before it is sent. */
export const killAfterResult: Fault = {
  id: "F2",
  title: "worker killed when its result is stored, before it knows",
  repeats: 12,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    const problems: string[] = [];
    await stack.startWorker();
    // Nobody talks in these orders, so the words of a result are on the wire once.
    const load = stack.load({ atOnce: 10, order: shortOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const found = repeat % 2 === 0 ? await killBehindCommit(stack) : await killBeforeCommit(stack);
      problems.push(...found);
    }
    await load.finish();
    return {
      injected: `${repeats} kills, every second one before the result was sent`,
      measured: [],
      problems,
    };
  },
};

async function killBehindCommit(stack: Stack): Promise<string[]> {
  const postgres = await stack.servers.postgres.relay();
  const victim = await stack.startWorker({ postgres, replaced: false });
  let sent = "";
  const take = (text: string) => {
    sent = text;
  };
  await crashAt(victim, postgres, afterCommitOf(new RegExp(`by ${victim.id} in`), take));
  const stored = await storedBy(stack, victim.id);
  const last = [...sent.matchAll(/Done (\S+?)\/(\S+?) by/g)].map(([, nonce = "", ref = ""]) => ({ nonce, ref }));
  await postgres.close();
  await Promise.all(stored.map(({ nonce }) => untilEnded(stack, nonce)));
  return [
    ...(last.some(({ nonce, ref }) => stored.some((one) => one.nonce === nonce && one.ref === ref))
      ? []
      : ["the kill did not come behind the commit of a result: the crash point has to be looked at"]),
    ...stored.flatMap(({ nonce, ref }) => {
      const last = stack.effects.of("task", nonce, ref).at(-1)?.worker;
      return last === victim.id ? [] : [`${nonce}/${ref} was executed again by ${last}, though its result was stored`];
    }),
  ];
}

/** The results that stand in the record in the name of a worker. */
async function storedBy(stack: Stack, worker: string): Promise<Bringer[]> {
  const rows = await look(
    stack,
    (sql) => sql<{ text: string }[]>`
      select data->'result'->>'text' as text from events
      where type = 'task.completed' and data->'result'->>'text' like ${`%by ${worker} in%`}`,
  );
  return rows.flatMap(({ text }) => readResultText(text) ?? []);
}

async function killBeforeCommit(stack: Stack): Promise<string[]> {
  const postgres = await stack.servers.postgres.relay();
  const victim = await stack.startWorker({ postgres, replaced: false });
  await crashAt(victim, postgres, beforeSending(new RegExp(`by ${victim.id} in`)));
  await postgres.close();
  return [];
}

function untilEnded(stack: Stack, nonce: string): Promise<unknown> {
  return until(() => stack.ledger.find(({ order }) => order.nonce === nonce)?.endedAt, {
    what: `the end of ${nonce}`,
    timeoutMs: 60_000,
  });
}
