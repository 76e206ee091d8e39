import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { choosePort } from "#/lib/launch/port.ts";
import { type Log, log } from "#/lib/log.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { Slots } from "#/lib/run/slots.ts";
import { announceCancel, announceGrowth } from "#/lib/stream/announce.ts";
import { type Doorbell, openDoorbell, pingRedis } from "#/lib/stream/doorbell.ts";
import { cancelChannel, growthChannel } from "#/lib/stream/keys.ts";
import { listen } from "#/lib/stream/listen.ts";
import { listHolders, rescueFrom } from "#/lib/stream/pending.ts";
import { readEntries } from "#/lib/stream/read.ts";
import { listRungTasks, ring } from "#/lib/stream/ring.ts";
import { makeCertificates } from "#/test/stream/certificates.ts";
import { command, startCluster, startSentinel, startServer, stopServers, withClient } from "#/test/stream/servers.ts";
import { until } from "#/test/support/until.ts";

/** Redis as users run it: everything that lib/stream does, on servers of each kind. */
const agents = ["main", "knowledge", "planner", "browser"] as const satisfies readonly AgentName[];
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await stopServers();
});

const quiet = log.child({}, { level: "silent" });

function open(url: string, told: Log = quiet): Doorbell {
  const doorbell = openDoorbell({ url, prefix: "variant", log: told });
  ends.push(() => doorbell.close());
  return doorbell;
}

/** A worker with room for ten of each kind, which acks all that it takes. */
function read(doorbell: Doorbell): string[] {
  const taken: string[] = [];
  const stopping = new AbortController();
  const kinds = agents.map((agent) => {
    const slots = new Slots(10);
    return {
      agent,
      room: () => slots.free,
      untilRoom: () => slots.untilFree(stopping.signal),
      take: (entry: { taskId: string; ack(): Promise<void> }) => {
        taken.push(entry.taskId);
        void slots.use(entry.ack);
      },
    };
  });
  const reading = readEntries(doorbell, { consumer: "reader", kinds, refused: () => {}, signal: stopping.signal });
  ends.push(() => {
    stopping.abort();
    return reading;
  });
  return taken;
}

async function ringAll(doorbell: Doorbell, name: string): Promise<string[]> {
  const rings = agents.map((agent) => ({
    taskId: `${name} ${agent}`,
    hash: "hash",
    agent,
    priority: "normal" as const,
  }));
  await until(() => ring(doorbell, rings), { what: `${name} to be rung`, timeoutMs: 15_000 });
  return rings.map(({ taskId }) => taskId);
}

async function deliver(doorbell: Doorbell, taken: string[], name: string): Promise<void> {
  const rung = await ringAll(doorbell, name);
  await until(() => rung.every((taskId) => taken.includes(taskId)), { what: `${name} to arrive`, timeoutMs: 15_000 });
}

/** Deliveries, acks that delete, hints, and the entries of the dead: what has to work everywhere. */
async function expectEverything(url: string): Promise<void> {
  const doorbell = open(url);
  await pingRedis(doorbell);
  const heard: string[] = [];
  ends.push(listen(doorbell, growthChannel("variant"), (message) => heard.push(message)));
  ends.push(listen(doorbell, cancelChannel("variant"), (message) => heard.push(message)));
  const taken = read(doorbell);
  await deliver(doorbell, taken, "first");
  for (const agent of agents) {
    const isEmpty = async () => (await listRungTasks(doorbell, agent, "normal"))?.size === 0;
    await until(isEmpty, { what: "acks to delete" });
  }
  const announced = () => {
    announceGrowth(doorbell, new Map([["a", 1]]).set("b", 2));
    announceCancel(doorbell, "c");
    return heard.includes("a 1\nb 2") && heard.includes("c");
  };
  await until(announced, { what: "the hints" });
  await rescueFrom(doorbell, ["nobody"]);
  expect(await listHolders(doorbell)).toEqual([]);
}

describe("everything works", () => {
  it("with a password, and with another database", async () => {
    const { port } = await startServer({ requirepass: "secret" });
    await expectEverything(`redis://:secret@127.0.0.1:${port}/3`);
    const wrong = open(`redis://:wrong@127.0.0.1:${port}`);
    await expect(pingRedis(wrong)).rejects.toThrow("refuses the user or password");
  });

  it("for a user with the rights that docs/configuration.md names", async () => {
    const { port } = await startServer();
    const text = await readFile("docs/configuration.md", "utf8");
    const named = /few rights needs.*? and (`ping`.*?`xgroup`)/s.exec(text)?.[1] ?? "";
    const rights = [...named.matchAll(/`([a-z|]+)`/g)].map(([, name]) => `+${name}`);
    expect(rights.length).toBeGreaterThan(15);
    await command(port, "ACL", "SETUSER", "few", "on", ">pw", "~variant:*", "&variant:*", "-@all", ...rights);
    await expectEverything(`redis://few:pw@127.0.0.1:${port}`);
  });

  it("over TLS, whose certificate is checked", async () => {
    const { port, dir } = await startServer();
    const { ca, cert, key } = makeCertificates();
    for (const [name, pem] of Object.entries({ ca, cert, key })) await writeFile(join(dir, `${name}.pem`), pem);
    await startTls(port, dir);
    const secure = Number(await tlsPort(port));
    await expectEverything(`rediss://127.0.0.1:${secure}?ca=${join(dir, "ca.pem")}`);
    await expect(pingRedis(open(`rediss://127.0.0.1:${secure}`))).rejects.toThrow("certificate");
    const missing = () => open(`rediss://127.0.0.1:${secure}?ca=${join(dir, "none.pem")}`);
    expect(missing).toThrow("cannot be read");
  });

  it("on a cluster of one node", async () => {
    const [node] = await startCluster(1);
    await expectEverything(`redis+cluster://127.0.0.1:${node?.port}`);
  });

  it("on a cluster of three nodes", async () => {
    const nodes = await startCluster(3);
    await expectEverything(`redis+cluster://127.0.0.1:${nodes[0]?.port},127.0.0.1:${nodes[2]?.port}`);
  });

  it("where Sentinel names the master, also after a failover", { timeout: 60_000 }, async () => {
    const master = await startServer({ requirepass: "secret", masterauth: "secret" });
    const replica = await startServer({
      requirepass: "secret",
      masterauth: "secret",
      replicaof: `127.0.0.1 ${master.port}`,
    });
    const isSynced = () =>
      withClient({ port: replica.port, password: "secret" }, async (redis) =>
        (await redis.info("replication")).includes("master_link_status:up"),
      );
    await until(isSynced, { what: "the replica to follow", timeoutMs: 20_000 });
    const sentinel = await startSentinel(master, "secret");
    const url = `redis+sentinel://:secret@127.0.0.1:1,127.0.0.1:${sentinel.port}/mymaster/0`;
    await until(() => knowsReplica(sentinel.port), { what: "the sentinel to know the replica", timeoutMs: 20_000 });
    const doorbell = open(url);
    const taken = read(doorbell);
    const heard: string[] = [];
    ends.push(listen(doorbell, cancelChannel("variant"), (message) => heard.push(message)));
    await deliver(doorbell, taken, "before");
    await master.kill();
    await deliver(doorbell, taken, "after");
    const announced = () => {
      announceCancel(doorbell, "cancelled");
      return heard.length > 0;
    };
    await until(announced, { what: "the hint behind the failover", timeoutMs: 15_000 });
  });
});

describe("a master that becomes a replica", () => {
  it("is left alone until it is a master again, and no caller sees an error", async () => {
    const other = await startServer();
    const { port } = await startServer();
    const doorbell = open(`redis://127.0.0.1:${port}`);
    const taken = read(doorbell);
    await deliver(doorbell, taken, "before");
    await command(port, "REPLICAOF", "127.0.0.1", other.port);
    const rings = [{ taskId: "meanwhile", hash: "hash", agent: "main" as const, priority: "normal" as const }];
    expect(await ring(doorbell, rings)).toBe(false);
    await command(port, "REPLICAOF", "NO", "ONE");
    await deliver(doorbell, taken, "after");
  });
});

describe("a Redis that refuses", () => {
  it.each([
    [
      "because its memory is full",
      ["CONFIG", "SET", "maxmemory", "1"],
      ["CONFIG", "SET", "maxmemory", "0"],
      "maxmemory",
    ],
    [
      "because the user may not",
      ["ACL", "SETUSER", "default", "-xadd"],
      ["ACL", "SETUSER", "default", "+xadd"],
      "lacks a permission",
    ],
    [
      "because too few replicas follow it",
      ["CONFIG", "SET", "min-replicas-to-write", "1"],
      ["CONFIG", "SET", "min-replicas-to-write", "0"],
      "NOREPLICAS",
    ],
  ])("%s, fails nobody, says so once in plain words, and goes on when it can", async (_, break_, mend, words) => {
    const { port } = await startServer();
    const lines: string[] = [];
    const doorbell = open(`redis://127.0.0.1:${port}`, pino({ level: "warn" }, { write: (line) => lines.push(line) }));
    const taken = read(doorbell);
    await deliver(doorbell, taken, "before");
    await command(port, break_[0] ?? "", ...break_.slice(1));
    const rings = [{ taskId: "refused", hash: "hash", agent: "main" as const, priority: "normal" as const }];
    for (let times = 0; times < 3; times += 1) expect(await ring(doorbell, rings)).toBe(false);
    expect(lines.filter((line) => line.includes("could not ring"))).toHaveLength(1);
    expect(lines.find((line) => line.includes("could not ring"))).toContain(words);
    await command(port, mend[0] ?? "", ...mend.slice(1));
    await deliver(doorbell, taken, "after");
  });
});

async function startTls(port: number, dir: string): Promise<void> {
  const settings = [
    ["tls-cert-file", join(dir, "cert.pem")],
    ["tls-key-file", join(dir, "key.pem")],
    ["tls-ca-cert-file", join(dir, "ca.pem")],
    ["tls-auth-clients", "no"],
    ["tls-port", String(await choosePort(0))],
  ];
  await command(port, "CONFIG", "SET", ...settings.flat());
}

async function tlsPort(port: number): Promise<string> {
  const reply = await command(port, "CONFIG", "GET", "tls-port");
  return Array.isArray(reply) ? String(reply[1]) : "";
}

async function knowsReplica(port: number): Promise<boolean> {
  const replicas = await command(port, "SENTINEL", "REPLICAS", "mymaster");
  return Array.isArray(replicas) && replicas.length > 0 && !JSON.stringify(replicas).includes("s_down");
}
