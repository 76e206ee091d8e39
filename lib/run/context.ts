import { type Env, env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";
import { type Log, log } from "#/lib/log.ts";
import { DatabaseWatch } from "#/lib/run/database-watch.ts";
import { Registry } from "#/lib/run/registry.ts";
import { RunWriter } from "#/lib/run/run-writer.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { announceGrowth } from "#/lib/stream/announce.ts";
import { type Doorbell, openDoorbell } from "#/lib/stream/doorbell.ts";
import { ring } from "#/lib/stream/ring.ts";

/** What every verb is given: the record, the doorbell, the settings. One per process. */
export type Context = {
  readonly store: Store;
  readonly doorbell: Doorbell;
  /** Everything that changes a run goes through it: see change-run.ts. */
  readonly writer: RunWriter;
  /** Who there is to do a task. */
  readonly registry: Registry;
  readonly database: DatabaseWatch;
  readonly env: Env;
  readonly log: Log;
};

/** Both addresses must be set; nothing is connected before it is used. */
export function openContext(settings: Env = env()): Context {
  const store = openStore(addressOf("DATABASE_URL", settings.databaseUrl));
  const doorbell = openDoorbell({ url: addressOf("REDIS_URL", settings.redisUrl), prefix: settings.prefix, log });
  const writer = new RunWriter(store, log, (grown, rings) => {
    announceGrowth(doorbell, grown);
    void ring(doorbell, rings);
  });
  const registry = new Registry(store, settings.leaseMs);
  return { store, doorbell, writer, registry, database: new DatabaseWatch(store), env: settings, log };
}

export async function closeContext(context: Context): Promise<void> {
  await Promise.allSettled([context.doorbell.close(), context.store.close()]);
}

function addressOf(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new DeputyError(
    "not-configured",
    `${name} is not set; \`npm start\` sets it for web and worker, or set it yourself.`,
  );
}
