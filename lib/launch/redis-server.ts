import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { env } from "#/lib/env.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { libraryFolders, unpackDebianPackage } from "#/lib/launch/debian-package.ts";
import { plainEnvironment, searchPath } from "#/lib/launch/environment.ts";
import { writeWrapper } from "#/lib/launch/wrapper.ts";

export type RedisServer = {
  readonly path: string;
  readonly version: string;
};

/** XAUTOCLAIM that reports deleted entries came with 7.0. */
const OLDEST_MAJOR = 7;
/** What the program is called, and its process. */
export const redisNames = ["redis-server", "valkey-server"] as const;
const WRAPPER = "start-redis";

const ADVICE =
  "Install one (`apt-get install redis-server`), name one with REDIS_SERVER_PATH, or set REDIS_URL to a running Redis.";

/**
 * A Redis server that runs here: the one that REDIS_SERVER_PATH names, one on the PATH, one that was unpacked below
 * `dataDir` before, else Debian's packages, unpacked there now, without root and without a change to the system; `say` is
 * told. Throws `no-redis` with what to do.
 */
export async function findRedisServer(dataDir: string, say: (line: string) => void = () => {}): Promise<RedisServer> {
  const faults: string[] = [];
  const found = installedRedis(faults) ?? unpackedRedis(dataDir, faults);
  if (found) return found;
  const fetched = (await fetchRedis(dataDir, say, faults)) ? unpackedRedis(dataDir, faults) : null;
  if (fetched) return fetched;
  throw new DeputyError(
    "no-redis",
    `No usable redis-server (${OLDEST_MAJOR}.0 or newer) was found: ${faults.join("; ")}. ${ADVICE}`,
  );
}

/** The server that is there already, or null with the reasons added to `faults`. Changes nothing. */
export function installedRedis(faults: string[]): RedisServer | null {
  const given = env().redisServerPath;
  if (given !== undefined) return tryRun(given, faults);
  const candidates = searchPath().flatMap((folder) => redisNames.map((name) => join(folder, name)));
  const present = candidates.filter(existsSync);
  if (present.length === 0) faults.push("none is on the PATH");
  return firstUsable(present, faults);
}

/** The server that was unpacked below `dataDir`. */
export function unpackedRedis(dataDir: string, faults: string[]): RedisServer | null {
  return firstUsable([join(unpackFolder(dataDir), WRAPPER)].filter(existsSync), faults);
}

async function fetchRedis(dataDir: string, say: (line: string) => void, faults: string[]): Promise<boolean> {
  if (env().redisServerPath !== undefined) return false;
  try {
    const folder = unpackFolder(dataDir);
    await unpackDebianPackage("redis-server", folder, say);
    await writeWrapper(folder, WRAPPER, "usr/bin/redis-server", libraryFolders(folder));
    return true;
  } catch (thrown) {
    faults.push(messageOf(thrown));
    return false;
  }
}

function unpackFolder(dataDir: string): string {
  return resolve(dataDir, "system", "redis");
}

function firstUsable(paths: readonly string[], faults: string[]): RedisServer | null {
  for (const path of paths) {
    const server = tryRun(path, faults);
    if (server) return server;
  }
  return null;
}

function tryRun(path: string, faults: string[]): RedisServer | null {
  const run = spawnSync(path, ["--version"], { encoding: "utf8", env: plainEnvironment });
  const version = run.stdout?.match(/\bv=(\d+[\w.]*)/)?.[1];
  if (run.status !== 0 || version === undefined) {
    faults.push(
      `${path} does not run (${run.error ? messageOf(run.error) : run.stderr.trim() || `exit ${run.status}`})`,
    );
    return null;
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    faults.push(`${path} is version ${version}`);
    return null;
  }
  return { path, version };
}
