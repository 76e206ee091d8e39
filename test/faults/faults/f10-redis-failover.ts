import { setTimeout as pause } from "node:timers/promises";
import { agentNames } from "#/lib/protocol/agent.ts";
import { consumerGroup, priorities, streamKey } from "#/lib/stream/keys.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { untilDueIsClaimed, untilWorkFlows } from "#/test/faults/takeover.ts";
import { command, startSentinel, startServer, stopServers, type TestServer } from "#/test/stream/servers.ts";
import { until } from "#/test/support/until.ts";

/** The master dies while its replica is cut off from it: the sentinel makes a master of one that knows less. */
export const redisFailover: Fault = {
  id: "F10",
  title: "Redis failover to a replica that was cut off",
  repeats: 5,
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    try {
      return await failOver(stack, repeats);
    } finally {
      await stopServers();
    }
  },
};

async function failOver(stack: Stack, repeats: number) {
  const first: number[] = [];
  const backlog: number[] = [];
  let lost = 0;
  let master = await startServer();
  let replica = await startServer({ replicaof: `127.0.0.1 ${master.port}` });
  const sentinel = await startSentinel(master);
  const settings = { REDIS_URL: `redis+sentinel://127.0.0.1:${sentinel.port}/mymaster` };
  await Promise.all([stack.startWorker({ settings }), stack.startWorker({ settings })]);
  const client = stack.openClient({ settings });
  const load = stack.load({ atOnce: 24, order: mixedOrder, client });
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    await untilFollowed(sentinel, replica);
    await cutOff(master, replica);
    await pause(stack.random.between(500, 2_000));
    lost += (await lengthOf(stack, master)).added - (await lengthOf(stack, replica)).added;
    const killedAt = Date.now();
    await master.kill();
    await until(async () => (await masterOf(sentinel)) === replica.port, { what: "the failover", timeoutMs: 30_000 });
    const [flows, claimed] = await Promise.all([untilWorkFlows(stack, killedAt), untilDueIsClaimed(stack, killedAt)]);
    first.push(flows);
    backlog.push(claimed);
    master = replica;
    await command(master.port, "CONFIG", "SET", "masterauth", "");
    replica = await startServer({ replicaof: `127.0.0.1 ${master.port}` });
    await command(sentinel.port, "SENTINEL", "RESET", "mymaster");
  }
  await load.finish();
  const pending = async () => (await lengthOf(stack, master)).pending;
  await until(async () => (await pending()) === 0, { what: "nothing to be pending", timeoutMs: 20_000 });
  return {
    injected: `${repeats} failovers, ${lost} entries lost`,
    measured: [
      { what: "first task done after the kill", milliseconds: first, atMostMs: 5_000 },
      { what: "all that was due after the failover claimed", milliseconds: backlog, atMostMs: 15_000 },
    ],
    problems: lost > 0 ? [] : ["no entry was lost: the replica was not cut off"],
  };
}

/** Not a partition but a replica that may not come back: what is written from now on is the master's alone. */
async function cutOff(master: TestServer, replica: TestServer): Promise<void> {
  await command(replica.port, "CONFIG", "SET", "masterauth", "nothing that it knows");
  await command(master.port, "CLIENT", "KILL", "TYPE", "replica");
}

async function masterOf(sentinel: TestServer): Promise<number> {
  const [, port] = (await command(sentinel.port, "SENTINEL", "get-master-addr-by-name", "mymaster")) as string[];
  return Number(port);
}

async function untilFollowed(sentinel: TestServer, { port }: TestServer): Promise<void> {
  const isKnown = async () => {
    const known = (await command(sentinel.port, "SENTINEL", "REPLICAS", "mymaster")) as string[][];
    return known.some((fields) => fields.includes(`127.0.0.1:${port}`) && fields.includes("ok"));
  };
  await until(isKnown, { what: "the sentinel to know the replica", timeoutMs: 30_000 });
}

/** Entries that were ever added to the streams, and those that are pending. */
async function lengthOf({ prefix }: Stack, { port }: TestServer): Promise<{ added: number; pending: number }> {
  const keys = agentNames.flatMap((agent) => priorities.map((priority) => streamKey(prefix, agent, priority)));
  let added = 0;
  let pending = 0;
  for (const key of keys) {
    if (Number(await command(port, "EXISTS", key)) === 0) continue;
    const info = (await command(port, "XINFO", "STREAM", key)) as unknown[];
    added += Number(info[info.indexOf("entries-added") + 1]);
    const [count] = (await command(port, "XPENDING", key, consumerGroup)) as [number];
    pending += Number(count);
  }
  return { added, pending };
}
