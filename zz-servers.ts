import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "#/lib/launch/postgres.ts";
import { startRedis } from "#/lib/launch/redis.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { connect } from "#/lib/store/connect.ts";
import { migrate } from "#/lib/store/migrate.ts";
import { connectRedis } from "#/test/support/redis.ts";

export type Servers = {
  readonly redis: { readonly url: string; readonly pid: number };
  readonly postgres: { readonly pid: number };
  /** What the servers are, for the report. */
  readonly versions: { readonly redis: string; readonly postgres: string };
  /** The address of a new database; with this product's schema, or empty. */
  database(kind: "deputy" | "empty"): Promise<string>;
  /** Nothing is left in Redis of whoever was measured before. */
  emptyRedis(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Postgres and Redis as `npm start` starts them (fsync on, append-only file synced every second), on a temporary folder.
 * The same two servers for ours and for the peers.
 */
export async function startServers(settings: Record<string, string> = {}): Promise<Servers> {
  const dir = await mkdtemp(join(tmpdir(), "deputy-bench-"));
  await chmod(dir, 0o711);
  const sockets = socketFolder(dir);
  const server = await findRedisServer(join(process.cwd(), ".data"), console.log);
  const [postgres, redis] = await Promise.all([
    startPostgres({ dir: join(dir, "postgres"), socketDir: join(sockets, "postgres"), settings }),
    startRedis({ dir: join(dir, "redis"), socketDir: join(sockets, "redis"), server }),
  ]);
  await migrate(postgres.url);
  return {
    redis,
    postgres,
    versions: { redis: redis.version, postgres: postgres.version },
    database: (kind) => createDatabase(postgres.url, kind === "deputy" ? "deputy" : "template1"),
    emptyRedis: () => flush(redis.url),
    async stop() {
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(dir, { recursive: true, force: true });
      await rm(sockets, { recursive: true, force: true });
    },
  };
}

async function createDatabase(serverUrl: string, template: string): Promise<string> {
  const name = `bench_${randomBytes(6).toString("hex")}`;
  const sql = connect(at(serverUrl, "postgres"), 1);
  await sql.unsafe(`create database ${name} template ${template}`);
  await sql.end();
  return at(serverUrl, name);
}

function at(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function flush(url: string): Promise<void> {
  const redis = connectRedis(url);
  await redis.flushall();
  await redis.quit();
}
