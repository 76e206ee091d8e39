import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
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

/** A client as ioredis wants it for a `unix://` or a `redis://` address. */
export function connectRedis(url: string): Redis {
  return url.startsWith("unix://") ? new Redis(url.slice("unix://".length)) : new Redis(url);
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = connectRedis(url);
  try {
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", `${prefix}*`, "COUNT", 1_000);
      if (keys.length > 0) await redis.del(...keys);
      cursor = next;
    } while (cursor !== "0");
  } finally {
    await redis.quit();
  }
}
