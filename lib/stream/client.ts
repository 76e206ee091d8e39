import { readFileSync } from "node:fs";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { SECOND } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import type { RedisAddress } from "#/lib/stream/address.ts";
import type { Trouble } from "#/lib/stream/trouble.ts";

/** One server (found by sentinels or not), or a cluster. Both have the same commands. */
export type Client = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 2 * SECOND;
const LONGEST_RECONNECT_MS = 1 * SECOND;

/** Longer than any blocking read, so that only a dead connection is cut. */
const SOCKET_TIMEOUT_MS = 15 * SECOND;

/** For commands that answer at once. It connects with the first one and again whenever it has lost its connection. */
export function openClient(address: RedisAddress, trouble: Trouble): Client {
  return open(address, trouble, { maxRetriesPerRequest: 1, retryStrategy });
}

/** For a subscription: a connection of its own, which is taken up again, with what was subscribed, after every loss. */
export function openSubscriber(address: RedisAddress, trouble: Trouble): Client {
  return open(address, trouble, { maxRetriesPerRequest: null, retryStrategy });
}

/**
 * For blocking reads: a connection of its own. What is under way fails as soon as the connection is lost, and the client
 * has come to its end: whoever reads opens another one, which looks for the master anew. (A client that connects again by
 * itself may leave a blocked read unanswered for ever.) A cluster finds its way by itself.
 */
export function openReader(address: RedisAddress, trouble: Trouble): Client {
  return open(address, trouble, { maxRetriesPerRequest: null, retryStrategy: () => null });
}

function open(address: RedisAddress, trouble: Trouble, options: RedisOptions): Client {
  const client = address.kind === "cluster" ? openCluster(address, options) : openServer(address, options);
  client.on("error", (error: Error) => trouble.report(error, "Redis is not reachable; trying again"));
  return client;
}

function openServer(address: RedisAddress, options: RedisOptions): Redis {
  const { hosts, master, socket, sentinelUsername, sentinelPassword } = address;
  const shared = { ...common(address), ...options, db: address.db };
  if (socket !== undefined) return new Redis({ ...shared, path: socket });
  if (address.kind === "server") return new Redis({ ...shared, ...hosts[0] });
  return new Redis({
    ...shared,
    ...(master && { name: master }),
    sentinels: [...hosts],
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    ...(shared.tls && { sentinelTLS: shared.tls, enableTLSForSentinelMode: true }),
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    sentinelRetryStrategy: options.retryStrategy ?? retryStrategy,
  });
}

function openCluster(address: RedisAddress, { maxRetriesPerRequest }: RedisOptions): Cluster {
  return new Cluster([...address.hosts], {
    lazyConnect: true,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    redisOptions: { ...common(address), ...(maxRetriesPerRequest !== undefined && { maxRetriesPerRequest }) },
    // A certificate names hosts, not the addresses that they have today.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  });
}

function common({ username, password, tls }: RedisAddress): RedisOptions {
  return {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    keepAlive: 5 * SECOND,
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && {
      tls: {
        ...(tls.ca && { ca: readPem(tls.ca) }),
        ...(tls.cert && { cert: readPem(tls.cert) }),
        ...(tls.key && { key: readPem(tls.key) }),
      },
    }),
  };
}

function retryStrategy(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RECONNECT_MS);
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw new DeputyError("redis-url", `REDIS_URL names a file that cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
