import { beforeSending, crashAt, onDelivery } from "#/test/faults/crash-points.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { standingOf, tasksOf } from "#/test/faults/tables.ts";
import { untilReclaimed } from "#/test/faults/takeover.ts";

/** An entry was handed out: the worker dies before it claims, or when it has claimed and not acked. */
export const killAroundClaim: Fault = {
  id: "F3",
  title: "worker killed between reading, claiming and acking",
  repeats: 12,
  subsetRepeats: 2,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    const unclaimed: number[] = [];
    const unacked: number[] = [];
    await stack.startWorker();
    const load = stack.load({ atOnce: 10, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      if (repeat % 2 === 0) unclaimed.push(...(await killBeforeClaim(stack)));
      else unacked.push(...(await killBeforeAck(stack)));
    }
    await load.finish();
    return {
      injected: `${repeats} kills, every second one between claim and ack`,
      measured: [
        { what: "claimed elsewhere, read and not claimed", milliseconds: unclaimed, atMostMs: 20_000 },
        { what: "claimed elsewhere, claimed and not acked", milliseconds: unacked, atMostMs: 2_000 },
      ],
      problems: [],
    };
  },
};

async function killBeforeClaim(stack: Stack): Promise<number[]> {
  const redis = await stack.servers.redis.relay();
  const victim = await stack.startWorker({ redis, replaced: false });
  let reply = "";
  const take = (text: string) => {
    reply = text;
  };
  const killedAt = await crashAt(victim, redis, onDelivery(take));
  const ids = [...reply.matchAll(/\r\ntask\r\n\$36\r\n([0-9a-f-]{36})/g)].map(([, id = ""]) => id);
  const handed = (await standingOf(stack, ids)).filter(({ status }) => status === "pending");
  const milliseconds = await untilReclaimed(stack, handed, killedAt);
  await redis.close();
  return handed.length > 0 ? [milliseconds] : [];
}

async function killBeforeAck(stack: Stack): Promise<number[]> {
  const redis = await stack.servers.redis.relay();
  const victim = await stack.startWorker({ redis, replaced: false });
  const killedAt = await crashAt(victim, redis, beforeSending(/xack/i));
  const held = await tasksOf(stack, victim.id);
  const milliseconds = await untilReclaimed(stack, held, killedAt);
  await redis.close();
  return held.length > 0 ? [milliseconds] : [];
}
