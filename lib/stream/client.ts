import { Redis, type RedisOptions } from "ioredis";
import { SECOND } from "#/lib/clock.ts";
import type { Log } from "#/lib/log.ts";

const COMMAND_TIMEOUT_MS = 2 * SECOND;
const CONNECT_TIMEOUT_MS = 2 * SECOND;
const LONGEST_RECONNECT_MS = 1 * SECOND;

/** Longer than any blocking read, so that only a dead connection is cut. */
const SOCKET_TIMEOUT_MS = 15 * SECOND;

/** A client for commands that answer at once: each fails after 2 s, so that no caller waits for a Redis that is away. */
export function openClient(url: string, log: Log): Redis {
  return open(url, log, { commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 1 });
}

/**
 * A connection of its own for blocking reads or a subscription: it waits out an outage, replaces a dead socket, and sends
 * again what was under way (ioredis would otherwise leave it unanswered for ever).
 */
export function openBlockingClient(url: string, log: Log): Redis {
  return open(url, log, { maxRetriesPerRequest: null });
}

function open(url: string, log: Log, options: RedisOptions): Redis {
  const shared: RedisOptions = {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    keepAlive: 5 * SECOND,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RECONNECT_MS),
    ...options,
  };
  const client = url.startsWith("unix:")
    ? new Redis({ ...shared, path: new URL(url).pathname })
    : new Redis(url, shared);
  let reported = "";
  client.on("error", (error: Error) => {
    if (error.message !== reported) log.warn({ error: error.message }, "Redis is not reachable; trying again");
    reported = error.message;
  });
  client.on("ready", () => {
    reported = "";
  });
  return client;
}
