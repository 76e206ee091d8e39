import { SECOND, within } from "#/lib/clock.ts";
import type { Client } from "#/lib/stream/client.ts";
import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { inWords } from "#/lib/stream/trouble.ts";

/** Whether this Redis may carry tasks. `note` is worth a line in the log, `reason` says what to do. */
export type RedisCheck =
  | { readonly ok: true; readonly note?: string }
  | { readonly ok: false; readonly reason: string };

const ANSWER_WITHIN_MS = 2 * SECOND;

/**
 * Refuses a Redis that evicts keys of every kind: under pressure it would drop a stream with all its entries, at any time and
 * without a word. Policies that evict only keys with a time to live are harmless, for streams have none. What cannot be
 * found out (no permission, no answer within 2 s) is noted and not refused. Never throws.
 */
export async function checkRedis(doorbell: Doorbell): Promise<RedisCheck> {
  try {
    const late = () => new Error(`no answer within ${ANSWER_WITHIN_MS / SECOND} s`);
    const policies = await within(ANSWER_WITHIN_MS, readPolicies(doorbell.client), late);
    const evicting = policies.find((policy) => policy?.startsWith("allkeys-"));
    if (evicting !== undefined) return { ok: false, reason: refusal(evicting) };
    return policies.includes(undefined) ? { ok: true, note: unknown("it tells nobody") } : { ok: true };
  } catch (error) {
    return { ok: true, note: unknown(inWords(error)) };
  }
}

/** Of the server, or of every master of a cluster; undefined where it may not be read. */
async function readPolicies(client: Client): Promise<(string | undefined)[]> {
  if (!("nodes" in client)) return [await readPolicy(client)];
  await client.ping();
  return Promise.all(client.nodes("master").map(readPolicy));
}

async function readPolicy(client: Pick<Client, "call">): Promise<string | undefined> {
  const [config, info] = await Promise.allSettled([
    client.call("CONFIG", "GET", "maxmemory-policy"),
    client.call("INFO", "memory"),
  ]);
  if (config.status === "fulfilled" && Array.isArray(config.value)) {
    const [, policy] = config.value;
    if (typeof policy === "string") return policy;
  }
  // Hosted servers often forbid CONFIG and tell the same here.
  if (info.status === "fulfilled") return /^maxmemory_policy:(\S+)/m.exec(String(info.value))?.[1];
  if (isRefusal(config) && isRefusal(info)) return undefined;
  throw info.reason;
}

function isRefusal(outcome: PromiseSettledResult<unknown>): boolean {
  return outcome.status === "rejected" && outcome.reason instanceof Error && outcome.reason.name === "ReplyError";
}

function refusal(policy: string): string {
  return (
    `this Redis evicts any key when memory is short (maxmemory-policy ${policy}), tasks that wait included. ` +
    "Set it with: redis-cli CONFIG SET maxmemory-policy noeviction (and in its configuration), or use another Redis."
  );
}

function unknown(reason: string): string {
  return `whether this Redis evicts keys could not be found out (${reason}); its maxmemory-policy must not be allkeys-*`;
}
