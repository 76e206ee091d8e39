import { setTimeout as pause } from "node:timers/promises";
import { LEASE_MS } from "#/lib/run/lease.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { steadyOrder } from "#/test/faults/orders.ts";
import type { Mode } from "#/test/faults/relay.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { busyWorker, takeovers } from "#/test/faults/takeover.ts";
import type { WorkerProcess } from "#/test/faults/worker-process.ts";

type Parted = "redis" | "postgres";
const both: Mode = { kind: "hold" };
const partitions: readonly { readonly from: readonly Parted[]; readonly mode: Mode }[] = [
  { from: ["postgres"], mode: both },
  { from: ["redis"], mode: both },
  { from: ["redis", "postgres"], mode: both },
  { from: ["postgres"], mode: { kind: "hold", only: "up" } },
  { from: ["postgres"], mode: { kind: "hold", only: "down" } },
  { from: ["redis"], mode: { kind: "hold", only: "down" } },
];

/** How long a worker may go on without the database before it ends itself (lib/run/lease-thread.ts), and a turn of its clock. */
const GIVE_UP_MS = 5_000 + 1_000;

/** The network between one worker and a server is cut, in both directions or in one, and heals with all that was sent. */
export const partition: Fault = {
  id: "F13",
  title: "worker parted from Postgres, Redis or both, also one-way",
  repeats: 12,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    const begun: number[] = [];
    const stopped: number[] = [];
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 10, order: steadyOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const found = await part(stack, partitions[repeat % partitions.length], repeat);
      begun.push(...found.begun);
      stopped.push(...found.stopped);
    }
    await load.finish();
    return {
      injected: `${repeats} partitions of 1.5 lease times to ${GIVE_UP_MS / 1_000 + 1} s`,
      measured: [
        // Longer than after a kill: what it had locked stays locked until the database ends its open transaction.
        { what: "begun elsewhere since the cut from Postgres", milliseconds: begun, atMostMs: 5_000 },
        { what: "parted worker ends itself", milliseconds: stopped, atMostMs: GIVE_UP_MS },
      ],
      problems: [],
    };
  },
};

async function part(stack: Stack, partition: (typeof partitions)[number] | undefined, repeat: number) {
  if (partition === undefined) throw new Error("there is no such partition");
  const { from, mode } = partition;
  const { servers } = stack;
  const relays = { redis: await servers.redis.relay(), postgres: await servers.postgres.relay() };
  const victim = await stack.startWorker({ ...relays, reported: false, replaced: false });
  await busyWorker(stack, [victim]);
  const cutAt = Date.now();
  for (const name of from) relays[name].set(mode);
  const held = stack.effects.heldBy(victim.id);
  // It comes back as one that does not know yet that it was given up, or it never does.
  const isLong = repeat % (2 * partitions.length) < partitions.length;
  const found = from.includes("postgres")
    ? await withoutRecord(stack, { victim, held, cutAt, isLong })
    : await withoutDoorbell(stack);
  for (const name of from) relays[name].set({ kind: "pass" });
  await pause(stack.random.between(500, 1_500));
  victim.signal("SIGKILL");
  await victim.exited;
  await Promise.all([relays.redis.close(), relays.postgres.close()]);
  return found;
}

type Cut = {
  readonly victim: WorkerProcess;
  readonly held: ReturnType<Stack["effects"]["heldBy"]>;
  readonly cutAt: number;
  readonly isLong: boolean;
};

async function withoutRecord(stack: Stack, { victim, held, cutAt, isLong }: Cut) {
  const begun = await takeovers(stack, held, cutAt);
  if (!isLong) {
    await pause(Math.max(0, cutAt + LEASE_MS * (1.5 + stack.random.next()) - Date.now()));
    return { begun, stopped: [] };
  }
  await Promise.race([victim.exited, pause(GIVE_UP_MS + 5_000)]);
  return { begun, stopped: [(victim.exitedAt ?? Number.POSITIVE_INFINITY) - cutAt] };
}

/** Without Redis it goes on: whatever is due stands in Postgres. Its tasks are nobody else's. */
async function withoutDoorbell(stack: Stack) {
  await pause(stack.random.between(2_000, 6_000));
  return { begun: [], stopped: [] };
}
