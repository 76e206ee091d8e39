import { randomBytes } from "node:crypto";
import { Cluster, Redis } from "ioredis";
import { inject } from "vitest";

export type FreshPrefix = {
  readonly url: string;
  /** Fits DEPUTY_PREFIX; no other test uses it. */
  readonly prefix: string;
  /** Deletes every key that begins with the prefix. */
  cleanup(): Promise<void>;
};

/** A part of the tests' Redis for this test file alone. */
export function freshPrefix(): FreshPrefix {
  const url = inject("redisUrl");
  const prefix = `test-${randomBytes(6).toString("hex")}`;
  return { url, prefix, cleanup: () => deleteKeys(url, prefix) };
}

const CLUSTER = "redis+cluster://";

/** A client as ioredis wants it for a `unix://`, a `redis://` or a `redis+cluster://` address. */
export function connectRedis(url: string): Redis | Cluster {
  if (url.startsWith("unix://")) return new Redis(url.slice("unix://".length));
  return url.startsWith(CLUSTER) ? new Cluster([`redis://${url.slice(CLUSTER.length)}`]) : new Redis(url);
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = connectRedis(url);
  try {
    await redis.ping();
    const nodes = redis instanceof Cluster ? redis.nodes("master") : [redis];
    for (const node of nodes) await deleteKeysOf(node, prefix);
  } finally {
    await redis.quit();
  }
}

/** One key a command: on a cluster they lie in different slots. */
async function deleteKeysOf(node: Redis, prefix: string): Promise<void> {
  let cursor = "0";
  do {
    const [next, keys] = await node.scan(cursor, "MATCH", `${prefix}*`, "COUNT", 1_000);
    await Promise.all(keys.map((key) => node.del(key)));
    cursor = next;
  } while (cursor !== "0");
}
