import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { choosePort } from "#/lib/launch/port.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";
import { until } from "#/test/support/until.ts";

export type TestServer = {
  readonly port: number;
  readonly dir: string;
  /** Ends it at once, as a crash does; harmless when repeated. */
  kill(): Promise<void>;
};

/** Redis servers on ports of their own, as users run them. All of them end, with their data, by `stopServers`. */
const started: TestServer[] = [];

export async function stopServers(): Promise<void> {
  for (const server of started.splice(0)) {
    await server.kill();
    await rm(server.dir, { recursive: true, force: true });
  }
}

export function startServer(settings: Record<string, string> = {}): Promise<TestServer> {
  return start(settings, []);
}

/** A sentinel that watches this master and declares it dead after 500 ms. */
export async function startSentinel(master: TestServer, password?: string): Promise<TestServer> {
  const config = [
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
    "sentinel down-after-milliseconds mymaster 500",
    "sentinel failover-timeout mymaster 3000",
    ...(password ? [`sentinel auth-pass mymaster ${password}`] : []),
  ];
  return start({}, config);
}

async function start(settings: Record<string, string>, sentinel: string[]): Promise<TestServer> {
  const { path } = await findRedisServer(join(process.cwd(), ".data"), () => {});
  const dir = await mkdtemp(join(tmpdir(), "deputy-redis-"));
  const port = await choosePort(0);
  const all = { port: String(port), bind: "127.0.0.1", dir, save: '""', "repl-diskless-sync-delay": "0", ...settings };
  const lines = [...Object.entries(all).map(([name, value]) => `${name} ${value}`), ...sentinel];
  await writeFile(join(dir, "redis.conf"), `${lines.join("\n")}\n`);
  const args = [join(dir, "redis.conf"), ...(sentinel.length > 0 ? ["--sentinel"] : [])];
  const child = spawn(path, args, { cwd: dir, stdio: "ignore" });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const server: TestServer = {
    port,
    dir,
    kill: () => {
      child.kill("SIGKILL");
      return gone;
    },
  };
  started.push(server);
  await until(() => listens(port), { what: `the server on port ${port} to listen` });
  return server;
}

/** A cluster of this many masters, each with an equal part of the slots. */
export async function startCluster(nodes: number): Promise<TestServer[]> {
  const servers: TestServer[] = [];
  for (let node = 0; node < nodes; node += 1) {
    const bus = await choosePort(0);
    const server = await startServer({
      "cluster-enabled": "yes",
      "cluster-port": String(bus),
      // A node that never met another one does not know its own address, and tells none.
      "cluster-announce-ip": "127.0.0.1",
      "cluster-node-timeout": "2000",
    });
    const from = Math.floor((16_384 * node) / nodes);
    const to = Math.floor((16_384 * (node + 1)) / nodes) - 1;
    await command(server.port, "CLUSTER", "ADDSLOTSRANGE", from, to);
    await command(server.port, "CLUSTER", "SET-CONFIG-EPOCH", node + 1);
    for (const known of servers) await command(known.port, "CLUSTER", "MEET", "127.0.0.1", server.port, bus);
    servers.push(server);
  }
  for (const { port } of servers) {
    const isUp = async () => {
      const info = String(await command(port, "CLUSTER", "INFO"));
      return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${nodes}`);
    };
    await until(isUp, { what: "the cluster", timeoutMs: 20_000 });
  }
  return servers;
}

export async function command(port: number, name: string, ...args: (string | number)[]): Promise<unknown> {
  return withClient({ port }, (redis) => redis.call(name, ...args));
}

export async function withClient<T>(
  options: { port: number; password?: string },
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({ ...options, host: "127.0.0.1", retryStrategy: () => null, enableReadyCheck: false });
  redis.on("error", () => {});
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
