import { DeputyError } from "#/lib/errors.ts";
import type { Addresses } from "#/lib/launch/services.ts";
import { parseRedisUrl } from "#/lib/stream/address.ts";

/**
 * Where the work is, for who starts no servers. Throws what is missing, or is no address at all, without a word of what was
 * given: it may hold a password.
 */
export function requireAddresses(given: { databaseUrl: string | undefined; redisUrl: string | undefined }): Addresses {
  const databaseUrl = given.databaseUrl ?? missing("DATABASE_URL");
  const redisUrl = given.redisUrl ?? missing("REDIS_URL");
  requirePostgresUrl(databaseUrl);
  parseRedisUrl(redisUrl);
  return { databaseUrl, redisUrl };
}

function missing(name: string): never {
  throw new DeputyError(
    "not-configured",
    `${name} is not set. Workers need DATABASE_URL and REDIS_URL; \`deputy addresses\` prints them where \`npm start\` runs.`,
  );
}

/** Throws `database-url`. */
export function requirePostgresUrl(url: string): void {
  if (/^postgres(ql)?:\/\//i.test(url) && URL.canParse(url)) return;
  throw new DeputyError(
    "database-url",
    "DATABASE_URL is no address of a Postgres, such as postgres://user:password@host:5432/name.",
  );
}
