import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import type { Crew } from "#/lib/launch/crew.ts";
import { startPostgres } from "#/lib/launch/postgres.ts";
import { startRedis } from "#/lib/launch/redis.ts";
import { checkGivenRedis } from "#/lib/launch/redis-given.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";
import { type Say, shownPath } from "#/lib/launch/say.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { migrate } from "#/lib/store/migrate.ts";

export type Addresses = { readonly databaseUrl: string; readonly redisUrl: string };

/**
 * Postgres and Redis, embedded where no address is given, with the database at this version's schema. Throws a DeputyError
 * that says which one cannot be used and what to do.
 */
export async function startServices(
  given: { readonly databaseUrl: string | undefined; readonly redisUrl: string | undefined },
  dataDir: string,
  crew: Crew,
  say: Say,
): Promise<Addresses> {
  const starting = [
    database(given.databaseUrl, dataDir, crew, say),
    redis(given.redisUrl, dataDir, crew, say),
  ] as const;
  // Both come to their end before one's fault is told: the launcher would leave the other behind half started.
  await Promise.allSettled(starting);
  const [databaseUrl, redisUrl] = await Promise.all(starting);
  return { databaseUrl, redisUrl };
}

async function database(given: string | undefined, dataDir: string, crew: Crew, say: Say): Promise<string> {
  const url = given ?? (await embeddedPostgres(dataDir, crew, say));
  try {
    await migrate(url);
  } catch (thrown) {
    const which = given === undefined ? "the embedded Postgres" : "the Postgres of DATABASE_URL";
    throw new DeputyError("no-database", `${which} cannot be used: ${messageOf(thrown)}`, { cause: thrown });
  }
  say(
    given === undefined
      ? "the database has this version's schema"
      : "the Postgres of DATABASE_URL has this version's schema",
  );
  return url;
}

async function embeddedPostgres(dataDir: string, crew: Crew, say: Say): Promise<string> {
  const dir = join(dataDir, "postgres");
  const socketDir = join(socketFolder(dataDir), "postgres");
  const log = crew.log("postgres");
  const { first } = await crew.add("postgres", (onExit) =>
    startPostgres({ dir, socketDir, onExit, onLine: (line) => log.write(line) }),
  );
  say(`Postgres ${first.version} is up, its data in ${shownPath(dir)}${linkNote(dir)}`);
  return first.url;
}

/** See `placeData`. */
function linkNote(dir: string): string {
  if (!lstatSync(dir).isSymbolicLink()) return "";
  return `, a link to ${readlinkSync(dir)}, because only root may enter this folder and Postgres does not run as root`;
}

async function redis(given: string | undefined, dataDir: string, crew: Crew, say: Say): Promise<string> {
  if (given !== undefined) {
    const note = await checkGivenRedis(given);
    say(note === undefined ? "the Redis of REDIS_URL answers" : `the Redis of REDIS_URL answers; ${note}`);
    return given;
  }
  const server = await findRedisServer(dataDir, say);
  const dir = join(dataDir, "redis");
  const socketDir = join(socketFolder(dataDir), "redis");
  const log = crew.log("redis");
  const { first } = await crew.add("redis", (onExit) =>
    startRedis({ dir, socketDir, server, onExit, onLine: (line) => log.write(line) }),
  );
  say(`Redis ${first.version} is up, its data in ${shownPath(dir)}`);
  return first.url;
}
