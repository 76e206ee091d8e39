import { existsSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DeputyError } from "#/lib/errors.ts";
import { spawnChild, type User } from "#/lib/launch/child.ts";
import { makePrivate, placeData, postgresUser } from "#/lib/launch/data-place.ts";
import { type EmbeddedServer, followServer, readiness, type ServerOptions } from "#/lib/launch/embedded-server.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { endLeftovers } from "#/lib/launch/leftovers.ts";
import { findPostgres, type PostgresBinaries } from "#/lib/launch/postgres-binaries.ts";
import { runProgram } from "#/lib/launch/run-program.ts";
import { checkSocketPath, makeSocketFolder } from "#/lib/launch/socket-folder.ts";

/** Fast shutdown first: it ends connections and writes a checkpoint; then immediate, which recovers at the next start. */
const STOP = [
  ["SIGINT", 10_000],
  ["SIGQUIT", 5_000],
] as const;

/**
 * Starts the Postgres that npm installed, with a database `deputy` of a user `deputy`, reachable by unix socket alone.
 * Ends leftovers of a killed launcher on the same data first; never touches data of another version. Throws
 * `no-postgres`, `data-version`, `leftover` or `cannot-start` with what to do.
 */
export async function startPostgres(options: ServerOptions): Promise<EmbeddedServer> {
  const user = postgresUser(options.dir);
  const binaries = await requireBinaries(user);
  const data = await placeData(options.dir, user);
  await endLeftovers(data, ["postgres"], ["SIGINT", "SIGQUIT"]);
  await rm(join(data, "postmaster.pid"), { force: true });
  await ensureCluster(data, binaries, user);
  checkSocketPath(join(options.socketDir, ".s.PGSQL.5432"));
  await makeSocketFolder(options.socketDir, user);
  const server = await launch(data, binaries, user, options);
  return {
    ...server,
    version: binaries.version,
    url: postgresUrl(options.socketDir),
  };
}

export function postgresUrl(socketDir: string): string {
  return `postgres://deputy@localhost/deputy?host=${encodeURIComponent(socketDir)}`;
}

async function requireBinaries(user: User | undefined): Promise<PostgresBinaries> {
  const found = await findPostgres(user);
  if (typeof found !== "string") return found;
  throw new DeputyError("no-postgres", `${found}. Set DATABASE_URL to a running Postgres (16 or newer).`);
}

async function ensureCluster(data: string, binaries: PostgresBinaries, user: User | undefined): Promise<void> {
  const major = binaries.version.split(".")[0] ?? "";
  const versionFile = join(data, "PG_VERSION");
  if (!existsSync(versionFile)) return createCluster(data, binaries, user);
  const found = readFileSync(versionFile, "utf8").trim();
  if (found === major) return;
  throw new DeputyError(
    "data-version",
    `${data} holds data of Postgres ${found}, this product brings Postgres ${major}. ` +
      "Run the version of this product that wrote it, or start with another DEPUTY_DATA.",
  );
}

/** Made aside and moved into place when complete, so that a start that is cut off leaves nothing half made. */
async function createCluster(data: string, binaries: PostgresBinaries, user: User | undefined): Promise<void> {
  const unfinished = `${data}.new`;
  await makePrivate(unfinished, user);
  const form = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  await run(binaries.initdb, ["-D", unfinished, "-U", "deputy", "--auth=trust", "--no-instructions", ...form], user);
  await run(binaries.postgres, ["--single", "-D", unfinished, "postgres"], user, "create database deputy;\n");
  await rename(unfinished, data);
}

async function run(command: string, args: readonly string[], user: User | undefined, input = ""): Promise<void> {
  const { ok, reason, tail } = await runProgram(command, args, { cwd: "/", env: plainEnvironment, user, input });
  if (!ok) throw new DeputyError("cannot-start", `${command} failed (${reason}):\n${tail.join("\n")}`);
}

async function launch(data: string, binaries: PostgresBinaries, user: User | undefined, options: ServerOptions) {
  const ready = readiness("database system is ready to accept connections");
  const onLine = (line: string) => {
    ready.see(line);
    options.onLine?.(line);
  };
  const settings = {
    listen_addresses: "",
    unix_socket_directories: options.socketDir,
    unix_socket_permissions: "0700",
    timezone: "UTC",
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = await spawnChild(binaries.postgres, ["-D", data, ...args], {
    cwd: data,
    env: plainEnvironment,
    user,
    onLine,
  });
  return followServer(child, ready.seen, STOP, options.onExit);
}
