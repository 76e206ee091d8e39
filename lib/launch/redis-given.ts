import { DeputyError, messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";
import { checkRedis } from "#/lib/stream/check-redis.ts";
import { openDoorbell, pingRedis } from "#/lib/stream/doorbell.ts";

/** What cannot be reached is said once, as the error. */
const quiet = log.child({}, { level: "silent" });

/**
 * Whether the Redis of REDIS_URL can be used: it answers within seconds and evicts no entries. Returns what else is worth
 * knowing, if anything is. Throws `no-redis` with what to do: everything would start, and nothing would be delivered.
 */
export async function checkGivenRedis(url: string): Promise<string | undefined> {
  try {
    const doorbell = openDoorbell({ url, prefix: "launcher", log: quiet });
    try {
      await pingRedis(doorbell);
      const check = await checkRedis(doorbell);
      if (!check.ok) throw new Error(check.reason);
      return check.note;
    } finally {
      await doorbell.close();
    }
  } catch (thrown) {
    throw new DeputyError("no-redis", `the Redis of REDIS_URL cannot be used: ${messageOf(thrown)}`, { cause: thrown });
  }
}
