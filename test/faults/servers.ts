import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { EmbeddedServer } from "#/lib/launch/embedded-server.ts";
import { startPostgres } from "#/lib/launch/postgres.ts";
import { startRedis } from "#/lib/launch/redis.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { connect } from "#/lib/store/connect.ts";
import { migrate } from "#/lib/store/migrate.ts";
import { openRelay, type Relay } from "#/test/faults/relay.ts";
import { until } from "#/test/support/until.ts";

/** A real server that can be killed and started again on the same data, as often as a fault wants. */
export type Server = {
  readonly url: string;
  /** Where its data stands. */
  readonly dir: string;
  readonly isRunning: boolean;
  readonly pid: number;
  /** Resolves when it is ready, at once when it runs. */
  start(): Promise<void>;
  /** As an administrator does. */
  stop(): Promise<void>;
  /** SIGKILL, as the kernel does when memory ends; resolves when it is gone. */
  kill(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  relay(): Promise<Relay>;
};

/** The servers of a suite; each fault has a database of its own. */
export type Servers = {
  readonly postgres: Server;
  readonly redis: Server;
  /** A folder of this suite alone. */
  readonly dir: string;
  freshDatabase(): Promise<{ url: string; drop(): Promise<void> }>;
  /** Both run. */
  restoreRunning(): Promise<void>;
  /** Both run, and Redis holds nothing. */
  restore(): Promise<void>;
  close(): Promise<void>;
};

const TEMPLATE = "deputy_faults";
const root = process.cwd();

export async function openServers(): Promise<Servers> {
  const dir = await mkdtemp(join(tmpdir(), "deputy-faults-"));
  await chmod(dir, 0o711);
  const socketDir = (name: string) => join(socketFolder(dir), name);
  const program = await findRedisServer(join(root, ".data"), console.log);
  const postgresDir = join(dir, "postgres");
  const redisDir = join(dir, "redis");
  const settings = { max_connections: "300" };
  const [postgres, redis] = await Promise.all([
    openServer(postgresDir, `${socketDir("postgres")}/.s.PGSQL.5432`, (onExit) =>
      startPostgres({ dir: postgresDir, socketDir: socketDir("postgres"), settings, onExit }),
    ),
    openServer(redisDir, join(socketDir("redis"), "redis.sock"), (onExit) =>
      startRedis({ dir: redisDir, socketDir: socketDir("redis"), server: program, onExit }),
    ),
  ]);
  const template = databaseUrl(postgres.url, TEMPLATE);
  await onServer(postgres.url, `create database ${TEMPLATE}`);
  await migrate(template);

  return {
    postgres,
    redis,
    dir,
    async freshDatabase() {
      const name = `fault_${randomBytes(6).toString("hex")}`;
      await onServer(postgres.url, `create database ${name} template ${TEMPLATE}`);
      const drop = () => onServer(postgres.url, `drop database if exists ${name} with (force)`);
      return { url: databaseUrl(postgres.url, name), drop };
    },
    async restoreRunning() {
      await Promise.all([postgres.start(), redis.start()]);
    },
    async restore() {
      await Promise.all([postgres.start(), redis.start()]);
      await withRedis(redis.url, (client) => client.flushall());
    },
    async close() {
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(dir, { recursive: true, force: true });
      await rm(socketFolder(dir), { recursive: true, force: true });
    },
  };
}

/** Runs `work` with a client of its own, past every relay. */
export async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(new URL(url).pathname, { maxRetriesPerRequest: 0 });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

async function openServer(
  dir: string,
  socket: string,
  launch: (onExit: () => void) => Promise<EmbeddedServer>,
): Promise<Server> {
  let running: EmbeddedServer | null = null;
  const start = async () => {
    const launched: EmbeddedServer = await launch(() => {
      if (running === launched) running = null;
    });
    running = launched;
    return launched;
  };
  const { url } = await start();
  const pid = () => {
    if (running === null) throw new Error(`the server on ${dir} does not run`);
    return running.pid;
  };
  return {
    url,
    dir,
    get isRunning() {
      return running !== null;
    },
    get pid() {
      return pid();
    },
    async start() {
      if (running === null) await start();
    },
    async stop() {
      const stopped = running;
      running = null;
      await stopped?.stop();
    },
    async kill() {
      process.kill(pid(), "SIGKILL");
      await until(() => running === null, { what: "the end of a server" });
    },
    signal: (signal) => {
      process.kill(pid(), signal);
    },
    relay: () => openRelay({ path: socket }),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const sql = connect(databaseUrl(url, "postgres"), 1);
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}
