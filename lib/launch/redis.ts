import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { spawnChild } from "#/lib/launch/child.ts";
import { type EmbeddedServer, followServer, readiness, type ServerOptions } from "#/lib/launch/embedded-server.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { endLeftovers } from "#/lib/launch/leftovers.ts";
import { findRedisServer, type RedisServer, redisNames } from "#/lib/launch/redis-server.ts";
import { checkSocketPath, makeSocketFolder } from "#/lib/launch/socket-folder.ts";

const STOP = [["SIGTERM", 10_000]] as const;

/**
 * Starts a private Redis on a unix socket, with an append-only file that is synced every second and without eviction. Ends
 * leftovers of a killed launcher on the same data first. Throws `no-redis`, `leftover` or `cannot-start` with what to do.
 */
export async function startRedis(options: ServerOptions & { readonly server?: RedisServer }): Promise<EmbeddedServer> {
  const server = options.server ?? (await findRedisServer(resolve(options.dir, "..")));
  const dir = resolve(options.dir);
  const socket = join(options.socketDir, "redis.sock");
  checkSocketPath(socket);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await endLeftovers(dir, redisNames, ["SIGTERM", "SIGKILL"]);
  await makeSocketFolder(options.socketDir);
  await rm(socket, { force: true });
  const running = await launch(server, dir, socket, options);
  return { ...running, url: `unix://${socket}`, version: server.version };
}

async function launch(server: RedisServer, dir: string, socket: string, options: ServerOptions) {
  const ready = readiness("ready to accept connections");
  const onLine = (line: string) => {
    ready.see(line);
    options.onLine?.(line);
  };
  const settings = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    dir,
    daemonize: "no",
    save: "",
    appendonly: "yes",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = await spawnChild(server.path, args, { cwd: dir, env: plainEnvironment, onLine });
  return followServer(child, ready.seen, STOP, options.onExit);
}
