import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import type { Env } from "#/lib/env.ts";
import { postgresUrl } from "#/lib/launch/postgres.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";

const productFolder = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Prints where Postgres and Redis are, as lines for a shell: what the settings say, else the sockets of the servers that
 * `npm start` runs here. Programs that use `lib/orchestrator.ts` beside the product need them.
 */
export function addresses(settings: Pick<Env, "databaseUrl" | "redisUrl" | "dataDir">, { stdout }: Terminal): number {
  const sockets = socketFolder(resolve(productFolder, settings.dataDir));
  const databaseUrl = settings.databaseUrl ?? postgresUrl(join(sockets, "postgres"));
  const redisUrl = settings.redisUrl ?? `unix://${join(sockets, "redis", "redis.sock")}`;
  writeLine(stdout, `export DATABASE_URL=${quoted(databaseUrl)}`);
  writeLine(stdout, `export REDIS_URL=${quoted(redisUrl)}`);
  return exitStatus.done;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
