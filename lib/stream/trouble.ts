import { now, SECOND } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Log } from "#/lib/log.ts";

/** An outage that goes on repeats its words more often than this. */
const SILENT_MS = 30 * SECOND;

/** What Redis says, by the first word of its error, in words that tell an operator what to do. */
const replies: Readonly<Record<string, string>> = {
  READONLY: "this Redis is a read-only replica; looking for its master",
  UNBLOCKED: "this Redis became a replica; looking for its master",
  MASTERDOWN: "this Redis is a replica without its master",
  MISCONF: "Redis cannot write its data to disk and refuses changes; see its log and the free space of its disk",
  NOREPLICAS: "Redis refuses changes while too few replicas follow it (min-replicas-to-write)",
  LOADING: "Redis is loading its data",
  CLUSTERDOWN: "the Redis Cluster is down, or some slots have no node",
  OOM: "Redis has reached its maxmemory and refuses entries; raise maxmemory, or see what fills it",
  NOPERM: "the Redis user of REDIS_URL lacks a permission",
  NOAUTH: "Redis wants a password, and REDIS_URL has none",
  WRONGPASS: "Redis refuses the user or password of REDIS_URL",
};

/** Tells what is wrong with Redis: each thing once, for as long as it lasts. None of it is ever the failure of a task. */
export class Trouble {
  readonly #log: Log;
  readonly #heardAt = new Map<string, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  report(error: unknown, consequence: string): void {
    const words = inWords(error);
    const about = `${words}\n${consequence}`;
    const isNew = now() - (this.#heardAt.get(about) ?? 0) > SILENT_MS;
    this.#heardAt.set(about, now());
    if (isNew) this.#log.warn({ reason: words }, consequence);
    else this.#log.debug({ error: messageOf(error) }, consequence);
  }
}

export function inWords(error: unknown): string {
  const message = messageOf(error) || codeOf(error) || "no connection";
  const words = replies[/^[A-Z]+/.exec(message)?.[0] ?? ""];
  return words === undefined ? message : `${words} (${message})`;
}

/** Node gives no message where it tried several addresses of one name. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
