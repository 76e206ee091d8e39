import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { TestProject } from "vitest/node";
import { choosePort } from "#/lib/launch/port.ts";
import { startPostgres } from "#/lib/launch/postgres.ts";
import { startRedis } from "#/lib/launch/redis.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { connect } from "#/lib/store/connect.ts";
import { migrate } from "#/lib/store/migrate.ts";
import { until } from "#/test/support/until.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The server's address; its database is a migrated template that nobody writes to. */
    databaseUrl: string;
    redisUrl: string;
  }
}

type Service = { url: string; stop(): Promise<void> };

const TEMPLATE = "deputy_template";
/** What is written here need not survive a crash. */
const FAST = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" };

/**
 * The services of the integration tier: a Postgres with a migrated template database, and a Redis. They are started on a
 * temporary folder, or are those that DEPUTY_TEST_DATABASE_URL and DEPUTY_TEST_REDIS_URL name. In the cluster tier, and with
 * DEPUTY_TEST_REDIS=cluster, Redis is a cluster of one node. A service that cannot be started fails the whole tier, with the
 * command that helps.
 */
export default async function services(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), "deputy-test-"));
  await chmod(dir, 0o711);
  const started: Service[] = [];
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()));
    await rm(dir, { recursive: true, force: true });
    await rm(socketFolder(dir), { recursive: true, force: true });
  };
  try {
    const isCluster = project.name === "cluster" || process.env.DEPUTY_TEST_REDIS === "cluster";
    const [postgres, redis] = await Promise.all([postgresFor(dir), redisFor(dir, isCluster)]);
    started.push(postgres, redis);
    project.provide("databaseUrl", await makeTemplate(postgres.url));
    project.provide("redisUrl", redis.url);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return stop;
}

async function postgresFor(dir: string): Promise<Service> {
  const given = process.env.DEPUTY_TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  return startPostgres({ dir: join(dir, "postgres"), socketDir: join(socketFolder(dir), "postgres"), settings: FAST });
}

async function redisFor(dir: string, isCluster: boolean): Promise<Service> {
  const given = process.env.DEPUTY_TEST_REDIS_URL;
  if (given) return { url: given, stop: async () => {} };
  const server = await findRedisServer(join(process.cwd(), ".data"), console.log);
  const folders = { dir: join(dir, "redis"), socketDir: join(socketFolder(dir), "redis"), server };
  return isCluster ? startCluster(folders) : startRedis(folders);
}

/** A cluster that is one node with all slots: it refuses what no cluster allows. Cluster clients need a port. */
async function startCluster(folders: Parameters<typeof startRedis>[0]): Promise<Service> {
  const [port, bus] = [await choosePort(0), await choosePort(0)];
  const settings = {
    port: String(port),
    bind: "127.0.0.1",
    "cluster-enabled": "yes",
    "cluster-port": String(bus),
    "cluster-announce-ip": "127.0.0.1",
  };
  const server = await startRedis({ ...folders, settings });
  const redis = new Redis(port, "127.0.0.1");
  try {
    await redis.cluster("ADDSLOTSRANGE", 0, 16_383);
    await until(async () => (await redis.cluster("INFO")).includes("cluster_state:ok"), { what: "the cluster" });
  } finally {
    redis.disconnect();
  }
  return { url: `redis+cluster://127.0.0.1:${port}`, stop: () => server.stop() };
}

async function makeTemplate(serverUrl: string): Promise<string> {
  const sql = connect(serverUrl, 1);
  try {
    await sql.unsafe(`drop database if exists ${TEMPLATE} with (force)`);
    await sql.unsafe(`create database ${TEMPLATE}`);
  } finally {
    await sql.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate(url.href);
  return url.href;
}
